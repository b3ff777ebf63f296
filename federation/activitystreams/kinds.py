"""What kinds of objects we show, and how: one explicit table. What is not in it is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How an object of some type is shown as text."""

    is_elsewhere: bool
    """Its text is only a beginning, so it ends with a link to the page; its `summary` is a part of the text."""
    has_choices: bool = False
    """`oneOf` or `anyOf` are listed."""
    has_occasion: bool = False
    """`startTime`, `endTime` and `location` are told."""


_TEXT: Final = Kind(is_elsewhere=False)
_PAGE: Final = Kind(is_elsewhere=True)

OBJECT_KINDS: Final[Mapping[str, Kind]] = {
    "Article": _PAGE,
    "Audio": _PAGE,
    "Document": _PAGE,
    "Event": Kind(is_elsewhere=True, has_occasion=True),
    "Image": _PAGE,
    "Note": _TEXT,
    "Page": _PAGE,
    "Question": Kind(is_elsewhere=False, has_choices=True),
    "Video": _PAGE,
}
