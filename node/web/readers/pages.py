"""Where readers' pages are made: one Jinja environment, one stylesheet, and the headers every page carries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Final

from aiohttp import web
from jinja2 import DictLoader, Environment, PackageLoader, StrictUndefined

from node.web.answers import ASK_AGAIN, named

STYLE: Final = (resources.files("node") / "static" / "style.css").read_bytes()
ICON: Final = (resources.files("node") / "static" / "icon.svg").read_bytes()
STYLE_VERSION: Final = hashlib.sha256(STYLE).hexdigest()[:12]
STYLE_URL: Final = f"/static/style.css?v={STYLE_VERSION}"
"""Changes whenever the stylesheet does, so that it may be cached for ever."""
ICON_URL: Final = f"/static/icon.svg?v={hashlib.sha256(ICON).hexdigest()[:12]}"

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
    "Cache-Control": ASK_AGAIN,
}
"""Nothing runs, nothing is loaded from elsewhere, nobody frames us, and no other site learns what was read."""
SANDBOXED: Final = "default-src 'none'; sandbox"
"""The policy of others' words that are no page: opened by themselves they can do nothing."""
_COPIED_POLICY: Final = f"{HEADERS['Content-Security-Policy']}; sandbox allow-downloads"
"""Of pages with others' words: nothing of them has our origin's powers, and a proof can be downloaded all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer for a reader."""

    status: int
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page or feed as it leaves the house: exact bytes and every header."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def answer(self) -> web.Response:
        """A new answer of these bytes."""
        return web.Response(status=self.status, body=self.body, headers=self.headers)


def draw(template: str, status: int = 200, **values: object) -> Page:
    """Fill the template of this name; every value it names must be given, `w` (the wording) always."""
    return Page(status=status, html=_ENVIRONMENT.get_template(f"{template}.html").render(values))


def draw_feed(**values: object) -> str:
    """Fill the template of Atom feeds."""
    return _ENVIRONMENT.get_template("feed.xml").render(values)


def sheet(text: str, content_type: str = "text/html", status: int = 200) -> Sheet:
    """Print a text of this type."""
    body = text.encode()
    name = named(body) if status == 200 else {}
    return Sheet(
        status=status, body=body, headers={**HEADERS, **name, "Content-Type": f"{content_type}; charset=utf-8"}
    )


def page_sheet(page: Page) -> Sheet:
    """Print a page."""
    return sheet(page.html, status=page.status)


def copied_sheet(page: Page) -> Sheet:
    """Print a page that shows a peer's words (protocol §4)."""
    return under_policy(page_sheet(page), _COPIED_POLICY)


def under_policy(printed: Sheet, policy: str) -> Sheet:
    """The same with another policy."""
    return replace(printed, headers={**printed.headers, "Content-Security-Policy": policy})


def _environment() -> Environment:
    files = PackageLoader("node", "templates")
    bare = Environment(autoescape=True)
    environment = Environment(
        loader=DictLoader({name: files.get_source(bare, name)[0] for name in files.list_templates()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["style_url"] = STYLE_URL
    environment.globals["icon_url"] = ICON_URL
    return environment


_ENVIRONMENT: Final = _environment()
"""Templates are read at once, so that an upgrade below a running node mixes no two releases; each is compiled when it
is first drawn: `serve` need not wait for all of them."""
