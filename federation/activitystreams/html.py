"""Make HTML harmless: an explicit list of what may stay, for our own updates and for other people's notes.

`simple_tags` first makes the text cheap to parse. nh3 (ammonia) then parses it as a browser does, and alone decides
what stays. A browser that parses the result finds what was judged: it is cleaned until cleaning changes nothing.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

import nh3

from federation.activitystreams.simple_tags import CLASSES, KEPT, PARTS, UNSEEN, simplified
from federation.errors import Unintelligible

OUTWARD_REL: Final = "nofollow noopener noreferrer"
FOREIGN_REL: Final = f"{OUTWARD_REL} ugc"

_PLAIN_URL: Final = re.compile(
    r"https?://([^\s\\@/?#<>\[\]\"\0-\x1f\x7f]+|\[[0-9a-f:.]+\](?::[0-9]+)?)(?:[/?#][^\s\\<>\"\0-\x1f\x7f]*)?",
    re.IGNORECASE,
)
_PLAIN_MAIL: Final = re.compile(r"mailto:[^\s\\<>\"\0-\x1f\x7f]+", re.IGNORECASE)
_START: Final = re.compile(r"[0-9]{1,6}")

# The same tag in nh3's output, where only attribute values may hold ">" and always in double quotes.
_CLEAN_TAG: Final = re.compile(r'<(/?)([a-z0-9]+)(?:[^>"]|"[^"]*")*>')
_CLEAN_LINK: Final = re.compile(r'<a href="([^"]*)"(?:[^>"]|"[^"]*")*>(.*?)</a>', re.DOTALL)
_HOST: Final = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
_LONGEST_LINK_TEXT: Final = 500
_PASSED_OVER: Final = re.compile(r"\A\ufeff+|(<pre>)\n+")
"""A byte order mark at the beginning, and line breaks at the beginning of `pre`."""
_MOST_ROUNDS: Final = 4
_LONGEST_LINK: Final = 2048
"""Characters as they are written; `simplified` reads twice as many of a tag."""


def sanitise_foreign(html: str) -> str:
    """Somebody else's HTML: links marked, no pictures, the real host shown where a link's text names another.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    return _CLEAN_LINK.sub(_with_real_host, _at_rest(simplified(html), _FOREIGN))


def sanitise_readable(html: str) -> str:
    """Somebody else's HTML as `sanitise_foreign` leaves it, if that can be read again whenever it is shown.

    `Unintelligible` as for the others: what is taken out may leave something longer behind.
    """
    clean = sanitise_foreign(html)
    plain_text(clean)
    return clean


def sanitise_own(html: str) -> str:
    """HTML made from an organiser's Markdown; `rel` stays where it is one of ours, mail links too.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    return _at_rest(simplified(html), _OWN)


def plain_text(html: str) -> str:
    """The words of any HTML, a line per paragraph; text, so it still needs escaping wherever it goes.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    text = entities.unescape(_CLEAN_TAG.sub(_line_end, _OWN.clean(simplified(html))))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _foreign_attribute(_tag: str, attribute: str, value: str) -> str | None:
    """nh3 asks about every attribute it would keep."""
    if attribute == "href":
        return value if _PLAIN_URL.fullmatch(value) and len(entities.escape(value)) <= _LONGEST_LINK else None
    if attribute == "start":
        return value if _START.fullmatch(value) else None
    return value or None


def _own_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and _PLAIN_MAIL.fullmatch(value) and len(entities.escape(value)) <= _LONGEST_LINK:
        return value
    return _foreign_attribute(tag, attribute, value)


_OWN: Final = nh3.Cleaner(
    tags=KEPT,
    clean_content_tags=UNSEEN,
    attributes={"a": {"href"}, "ol": {"start"}},
    attribute_filter=_own_attribute,
    tag_attribute_values={"a": {"rel": {OUTWARD_REL, "tag"}}},
    allowed_classes=CLASSES,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=None,
)
_FOREIGN: Final = nh3.Cleaner(
    tags=KEPT,
    clean_content_tags=UNSEEN,
    attributes={"a": {"href"}, "ol": {"start"}},
    attribute_filter=_foreign_attribute,
    allowed_classes=CLASSES,
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel=FOREIGN_REL,
)


def _at_rest(html: str, cleaner: nh3.Cleaner) -> str:
    """Cleaned until cleaning changes nothing: elements that overlap are parsed otherwise once they are written down."""
    clean = _tidied(cleaner.clean(html))
    for _ in range(_MOST_ROUNDS):
        again = _tidied(cleaner.clean(clean))
        if again == clean:
            return clean
        clean = again
    raise Unintelligible("The text has HTML elements that overlap too much to be read in one way; it is not read.")


def _tidied(html: str) -> str:
    """Without what our rewriting left empty, a round for each level; and without what every parser would pass over."""
    while "<p></p>" in html or "<span></span>" in html:
        html = html.replace("<p></p>", "").replace("<span></span>", "")
    return _PASSED_OVER.sub(r"\1", html.replace("\r", "\n"))


def _line_end(tag: re.Match[str]) -> str:
    return "\n" if tag[2] in PARTS else ""


def _with_real_host(link: re.Match[str]) -> str:
    """The link, with its host behind it when its text names another, or is too long to tell."""
    text = entities.unescape(_CLEAN_TAG.sub("", link[2]))
    if "." not in text:
        return link[0]
    url = _PLAIN_URL.fullmatch(entities.unescape(link[1]))
    host = url[1].lower().partition(":")[0] if url else ""
    if text.endswith(f" [{host}]"):
        return link[0]
    if len(text) <= _LONGEST_LINK_TEXT:
        named = {name.lower().removeprefix("www.") for name in _HOST.findall(text)}
        if not named or named == {host.removeprefix("www.")}:
            return link[0]
    return f"{link[0].removesuffix('</a>')} [{entities.escape(host)}]</a>"
