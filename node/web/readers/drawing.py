"""A page is drawn when it is first asked for, and kept until readers would see something else."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from node.app_keys import PAGES
from node.web.readers.pages import Sheet

Draw = Callable[[web.Request], Awaitable[Sheet]]


async def kept(request: web.Request, draw: Draw, read: str | None = None) -> web.Response:
    """What was drawn for this address since anything changed, or else drawn now.

    `read` names the one parameter the page heeds. What else a query says (sharing sites add their trackers) leads to
    the same page, and takes no place of its own among those that are kept.
    """
    address = request.raw_path
    if "?" in address or "%" in address or "tag" in request.match_info:
        address = _plain_address(request, read)
    pages = request.config_dict[PAGES]
    drawn, edition = pages.find(address), pages.edition
    if drawn is None:
        drawn = await draw(request)
        if drawn.status == 200:
            pages.keep(address, drawn, edition=edition)
    return drawn.answer()


def tag_in(text: str) -> str:
    """A hashtag however it is spelt."""
    return unicodedata.normalize("NFKC", text).lower()


def _plain_address(request: web.Request, read: str | None) -> str:
    path = quote(tag_in(request.path), safe="/@") if "tag" in request.match_info else request.path
    value = request.query.get(read) if read else None
    return path if value is None else f"{path}?{read}={value}"
