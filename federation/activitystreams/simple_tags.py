"""Foreign HTML made cheap to parse, and refused when it is too much; not yet harmless, which `html` sees to.

Every tag is rewritten to a name from a short list, with only the attributes that may stay, and the rest of the
text is left alone. Nothing is left then that an HTML parser could be slow at: many formatting elements that are
reopened in every paragraph, thousands of attributes, tables, depth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from federation.errors import Unintelligible

_MOST_CHARACTERS: Final = 262_144
_MOST_TAGS: Final = 10_000
_DEEPEST: Final = 100
_LONGEST_TAG: Final = 4096
"""What follows in a tag is not read; addresses are shorter."""
_SHORT: Final = 200
"""Tags up to this length are remembered once rewritten: most are `<p>` and its like."""

PARTS: Final = frozenset({"p", "br", "ul", "ol", "li", "pre", "blockquote", "h2", "h3", "h4"})
"""Elements that stand on lines of their own."""
KEPT: Final = PARTS | {"a", "strong", "em", "del", "code", "span"}
UNSEEN: Final = frozenset(
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
_NEST: Final = KEPT - {"p", "br", "li"} | UNSEEN
_ATTRIBUTES: Final = {"a": ("href", "class", "rel"), "span": ("class",), "ol": ("start",)}
CLASSES: Final = {"a": frozenset({"mention", "hashtag", "u-url"}), "span": frozenset({"h-card"})}

_HALF_A_LETTER: Final = re.compile("[\ud800-\udfff]")
# A tag to the first ">" or the end of the text; what hides behind a quoted ">" becomes text.
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)(?:>|\Z)")
_ATTRIBUTE: Final = re.compile(
    r"""(?:^|(?<=[\s/"']))(href|class|rel|start)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)


def simplified(html: str) -> str:
    """The same words in few, short tags; `Unintelligible` past any bound."""
    if len(html) > _MOST_CHARACTERS:
        raise Unintelligible(f"The text holds more than {_MOST_CHARACTERS} characters; it is not read.")
    if not html.isascii() and _HALF_A_LETTER.search(html):
        raise Unintelligible(
            "The text holds half a character (a lone surrogate), which nothing can show; it is not read."
        )
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
    if name not in KEPT and name not in UNSEEN:
        name = "span"
    return name, f"</{name}>" if closing else f"<{name}{_kept_attributes(name, rest)}>"


def _kept_attributes(name: str, rest: str) -> str:
    wanted = _ATTRIBUTES.get(name)
    if not wanted or "=" not in rest:
        return ""
    found: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(rest[:_LONGEST_TAG]):
        value = attribute[2] or attribute[3] or attribute[4] or ""
        found.setdefault(attribute[1].lower(), value.replace('"', "&quot;").replace("<", "&lt;"))
    known = CLASSES.get(name, frozenset())
    found["class"] = " ".join(word for word in found.get("class", "").split() if word in known)
    return "".join(f' {key}="{found[key]}"' for key in wanted if found.get(key))
