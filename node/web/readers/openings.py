"""The first paragraphs of a long update, for lists: cut between blocks, so that every tag stays closed."""

from __future__ import annotations

import re
from typing import Final

from federation.activitystreams.html import plain_text

_ENOUGH: Final = 900
"""Letters shown of a long update."""
_LONG: Final = 1800
"""Letters up to which an update is shown whole."""
_TAG: Final = re.compile(r'<(/?)([a-z0-9]+)(?:[^>"]|"[^"]*")*>')
"""A tag in sanitised HTML, where only attribute values may hold ">" and always in double quotes."""
_ALONE: Final = frozenset({"br", "hr", "img"})


def opening_of(html: str) -> str | None:
    """The first blocks of sanitised HTML, or None when it is short enough to be shown whole."""
    if len(html) <= _LONG or len(_TAG.sub("", html)) <= _LONG:
        return None
    end = _end_of_first_blocks(html)
    if end < len(html) and len(_TAG.sub("", html[:end])) <= _LONG:
        return html[:end]
    return f"<p>{_first_words(html)}</p>"


def _end_of_first_blocks(html: str) -> int:
    """Where the block ends in which enough letters were shown."""
    depth = shown = at = 0
    for tag in _TAG.finditer(html):
        shown, at = shown + tag.start() - at, tag.end()
        if tag[2] not in _ALONE:
            depth += -1 if tag[1] else 1
        if depth == 0 and shown >= _ENOUGH:
            break
    return at


def _first_words(html: str) -> str:
    line = " ".join(plain_text(html).split())[:_ENOUGH]
    words = (line.rpartition(" ")[0] or line).rstrip(" ,.;:–-") + "…"
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
