"""Make HTML harmless: an explicit list of what may stay, for our own updates and for other people's notes.

Two passes. `_simplified` rewrites every tag to a name from a short list, with only the attributes we would
keep, and refuses what is too much; nothing is left then that an HTML parser could be slow at (many formatting
elements, thousands of attributes, tables). nh3 (ammonia) parses that as a browser does, and alone decides
what stays.
"""

from __future__ import annotations

import html as entities
import re
from functools import lru_cache
from typing import Final

import nh3

from federation.errors import Unintelligible

OUTWARD_REL: Final = "nofollow noopener noreferrer"
FOREIGN_REL: Final = f"{OUTWARD_REL} ugc"

_MOST_CHARACTERS: Final = 262_144
_MOST_TAGS: Final = 10_000
_DEEPEST: Final = 100
_SHORT: Final = 200
"""Tags up to this length are remembered once rewritten: most are `<p>` and its like."""

_WORDS: Final = frozenset({"a", "strong", "em", "del", "code", "span"})
_PARTS: Final = frozenset({"p", "br", "ul", "ol", "li", "pre", "blockquote", "h2", "h3", "h4"})
_KEPT: Final = _WORDS | _PARTS
_UNSEEN: Final = frozenset(
    {
        "script",
        "style",
        "title",
        "iframe",
        "noscript",
        "noembed",
        "noframes",
        "xmp",
        "svg",
        "math",
        "template",
    }
)
"""Elements that go with everything in them."""
_BLOCKS: Final = (
    "address article aside center dd details div dl dt figcaption figure footer form header main menu nav "
    "section summary table tr"
)
_RENAMED: Final = {
    "h1": "h2",  # the page has a heading above it
    "h5": "h4",
    "hr": "br",
    "h6": "h4",
    "b": "strong",
    "i": "em",
    "s": "del",
    "strike": "del",
    **dict.fromkeys(_BLOCKS.split(), "p"),
}
_NEST: Final = _KEPT - {"p", "br", "li"} | _UNSEEN
_ATTRIBUTES: Final = {"a": ("href", "class", "rel"), "span": ("class",), "ol": ("start",)}
_CLASSES: Final = {"a": {"mention", "hashtag", "u-url"}, "span": {"h-card"}}

# A tag to the first ">" or the end of the text; what hides behind a quoted ">" becomes text.
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)(?:>|\Z)")
_ATTRIBUTE: Final = re.compile(
    r"""(?:^|(?<=[\s/"']))(href|class|rel|start)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_PLAIN_URL: Final = re.compile(
    r"https?://([^\s\\@/?#<>\[\]\"]+|\[[0-9a-f:.]+\](?::[0-9]+)?)(?:[/?#][^\s\\<>\"]*)?", re.IGNORECASE
)
_PLAIN_MAIL: Final = re.compile(r"mailto:[^\s\\<>\"]+", re.IGNORECASE)
_START: Final = re.compile(r"[0-9]{1,6}")

# The same tag in nh3's output, where only attribute values may hold ">" and always in double quotes.
_CLEAN_TAG: Final = re.compile(r'<(/?)([a-z0-9]+)(?:[^>"]|"[^"]*")*>')
_CLEAN_LINK: Final = re.compile(r'<a href="([^"]*)"(?:[^>"]|"[^"]*")*>(.*?)</a>', re.DOTALL)
_HOST: Final = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
_LONGEST_LINK_TEXT: Final = 500


def sanitise_foreign(html: str) -> str:
    """Somebody else's HTML: links marked, no pictures, the real host shown where a link's text names another.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    return _CLEAN_LINK.sub(_with_real_host, _without_empty(_FOREIGN.clean(_simplified(html))))


def sanitise_own(html: str) -> str:
    """HTML made from an organiser's Markdown; `rel` stays where it is one of ours, mail links too.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    return _without_empty(_OWN.clean(_simplified(html)))


def plain_text(html: str) -> str:
    """The words of any HTML, a line per paragraph; text, so it still needs escaping wherever it goes.

    `Unintelligible` when it is too long, too deep or holds too many tags.
    """
    text = entities.unescape(_CLEAN_TAG.sub(_line_end, _OWN.clean(_simplified(html))))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _simplified(html: str) -> str:
    """The same words in few, short tags; `Unintelligible` past any bound."""
    if len(html) > _MOST_CHARACTERS:
        raise Unintelligible(f"The text holds more than {_MOST_CHARACTERS} characters; it is not read.")
    if html.count("<") > _MOST_TAGS or html.count("&") > _MOST_TAGS:
        raise Unintelligible(f"The text holds more than {_MOST_TAGS} HTML tags or entities; it is not read.")
    return _TAG.sub(_SimpleTags().rewrite, html.replace("\0", ""))


class _SimpleTags:
    """Rewrites the tags of one text, counting how many elements are open.

    The nesting names are few, so a count for each is bound enough; their order does not matter.
    """

    def __init__(self) -> None:
        self._open = dict.fromkeys(_NEST, 0)
        self._depth = 0

    def rewrite(self, tag: re.Match[str]) -> str:
        text = tag[0]
        name, simple = _simple_tag(text) if len(text) <= _SHORT else _simple_tag.__wrapped__(text)
        if name in _NEST:
            self._count(name, -1 if simple[1] == "/" else 1)
        return simple

    def _count(self, name: str, step: int) -> None:
        if self._open[name] + step < 0:
            return
        self._open[name] += step
        self._depth += step
        if self._depth > _DEEPEST:
            raise Unintelligible(f"The text nests HTML more than {_DEEPEST} deep; it is not read.")


@lru_cache(maxsize=1024)
def _simple_tag(text: str) -> tuple[str, str]:
    """The name a tag goes by and how it is written; never nothing, or its neighbours could join to a tag."""
    match = _TAG.fullmatch(text)
    closing, name, rest = match.groups() if match else ("", "span", "")
    name = _RENAMED.get(name.lower(), name.lower())
    if name not in _KEPT and name not in _UNSEEN:
        name = "span"
    return name, f"</{name}>" if closing else f"<{name}{_kept_attributes(name, rest)}>"


def _kept_attributes(name: str, rest: str) -> str:
    wanted = _ATTRIBUTES.get(name)
    if not wanted or "=" not in rest:
        return ""
    found: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(rest):
        value = attribute[2] or attribute[3] or attribute[4] or ""
        found.setdefault(attribute[1].lower(), value.replace('"', "&quot;").replace("<", "&lt;"))
    if "class" in found:
        found["class"] = " ".join(word for word in found["class"].split() if word in _CLASSES[name])
    return "".join(f' {key}="{found[key]}"' for key in wanted if found.get(key))


def _foreign_attribute(_tag: str, attribute: str, value: str) -> str | None:
    """nh3 asks about every attribute it would keep."""
    if attribute == "href":
        return value if _PLAIN_URL.fullmatch(value) else None
    if attribute == "start":
        return value if _START.fullmatch(value) else None
    return value or None


def _own_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and _PLAIN_MAIL.fullmatch(value):
        return value
    return _foreign_attribute(tag, attribute, value)


_OWN: Final = nh3.Cleaner(
    tags=_KEPT,
    clean_content_tags=_UNSEEN,
    attributes={"a": {"href"}, "ol": {"start"}},
    attribute_filter=_own_attribute,
    tag_attribute_values={"a": {"rel": {OUTWARD_REL, "tag"}}},
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=None,
)
_FOREIGN: Final = nh3.Cleaner(
    tags=_KEPT,
    clean_content_tags=_UNSEEN,
    attributes={"a": {"href"}, "ol": {"start"}},
    attribute_filter=_foreign_attribute,
    allowed_classes=_CLASSES,
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel=FOREIGN_REL,
)


def _without_empty(html: str) -> str:
    """Without what our rewriting left empty; a round for each level, and levels are bounded."""
    while "<p></p>" in html or "<span></span>" in html:
        html = html.replace("<p></p>", "").replace("<span></span>", "")
    return html


def _line_end(tag: re.Match[str]) -> str:
    return "\n" if tag[2] in _PARTS else ""


def _with_real_host(link: re.Match[str]) -> str:
    """The link, with its host behind it when its text names another, or is too long to tell."""
    text = entities.unescape(_CLEAN_TAG.sub("", link[2]))
    if "." not in text:
        return link[0]
    url = _PLAIN_URL.fullmatch(entities.unescape(link[1]))
    host = url[1].lower().partition(":")[0] if url else ""
    if len(text) <= _LONGEST_LINK_TEXT:
        named = {name.lower().removeprefix("www.") for name in _HOST.findall(text)}
        if not named or named == {host.removeprefix("www.")}:
            return link[0]
    return f"{link[0].removesuffix('</a>')} [{entities.escape(host)}]</a>"
