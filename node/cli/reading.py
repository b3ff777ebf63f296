"""Reading the JSON that commands answer, to say it in words."""

from __future__ import annotations

from collections.abc import Sequence

from federation.strictjson import JsonValue


def member(document: JsonValue, name: str) -> JsonValue:
    """A member of an object, or None."""
    return document.get(name) if isinstance(document, dict) else None


def text(document: JsonValue, name: str) -> str:
    """A member as words; empty when it is not there."""
    value = member(document, name)
    return "" if value is None else str(value)


def rows(value: JsonValue) -> list[JsonValue]:
    """A list, or none."""
    return value if isinstance(value, list) else []


def table(lines: Sequence[tuple[str, ...]], *, empty: str) -> str:
    """Columns that line up; a sentence when there is nothing."""
    if not lines:
        return empty
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
