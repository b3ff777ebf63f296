"""Reading the JSON that commands answer, to say it in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from federation.strictjson import JsonValue


def member(document: JsonValue, name: str) -> JsonValue:
    """A member of an object, or None."""
    return document.get(name) if isinstance(document, dict) else None


def text(document: JsonValue, name: str) -> str:
    """A member as words; empty when it is not there."""
    value = member(document, name)
    return "" if value is None else str(value)


def one_line(document: JsonValue, name: str) -> str:
    """A stranger's words on one line, so that they cannot look like lines of ours."""
    return " ".join(text(document, name).split())


def counted(count: object, one: str, many: str) -> str:
    """A number and what it counts: 1 line, 2 lines."""
    return f"{count} {one if str(count) == '1' else many}"


def quoted(words: str) -> str:
    """A stranger's text with every line set in, so that none of them can look like one of ours."""
    return textwrap.indent(words, "    ", lambda _line: True)


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
