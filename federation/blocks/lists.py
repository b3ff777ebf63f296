"""Lists of blocks as Mastodon writes them, read line by line; pure.

Three kinds of file, told apart by each line itself: an organiser's blocked accounts (an address a line, perhaps under
`Account address`), a user's blocked domains (a host a line), and an admin's domain blocks, whose first line is
`#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate` and of which only `suspend` is a block.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote

from federation.blocks.targets import Target, read_target
from federation.errors import Unintelligible
from storage.records import Block

LONGEST_NAME: Final = 2048
_LONGEST_CELL_LINES: Final = 20
"""A comment may go over several lines; a quote that nobody closes must not swallow the rest of the file."""
_NAMES: Final = frozenset({"domain", "account address"})
_FULL: Final = frozenset({"", "suspend"})
_MILDER: Final = frozenset({"silence", "limit", "noop", "none"})
_ESCAPED: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet takes for a formula, and the mark we set before it."""
_HOSTS_HEADER: Final = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")

Why = Literal["comment", "milder", "unreadable"]


@dataclass(frozen=True, slots=True)
class Row:
    """A block that a list asks for, and the line it begins on."""

    line: int
    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A line that asks for no block: a remark, a milder measure, or nothing we can read, in words."""

    line: int
    why: Why
    words: str


def read_list(lines: Iterable[str]) -> Iterator[Row | Passed]:
    """Everything a list says, in order; empty lines say nothing. No line can spoil another."""
    columns = _Columns(0, None, None)
    is_first = True
    for number, text in _records(lines):
        if not text.strip():
            continue
        cells = _cells(text)
        if is_first and _title(cells[0]) in _NAMES:
            places = {_title(cell): place for place, cell in enumerate(cells)}
            columns = _Columns(
                places.get("domain", places.get("account address", 0)),
                places.get("severity"),
                places.get("public_comment"),
            )
        else:
            yield _read(number, cells, columns)
        is_first = False


def write_hosts(blocks: Iterable[Block]) -> Iterator[list[str]]:
    """Rows of an admin's domain blocks."""
    yield list(_HOSTS_HEADER)
    for block in blocks:
        if block.kind == "host":
            yield [escaped(block.target), "suspend", "true", "true", escaped(block.reason), "false"]


def write_actors(blocks: Iterable[Block]) -> Iterator[list[str]]:
    """Rows of blocked accounts; whoever is known by id alone stands there by id, which Mastodon passes over."""
    yield ["Account address"]
    for block in blocks:
        if block.kind != "host":
            yield [escaped(block.target)]


def as_rows(rows: Iterable[Row]) -> str:
    """Rows as one text that holds nothing but letters a command may carry: a line each, the reason behind a tab."""
    return "\n".join(
        f"{row.target.name}\t{quote(row.reason, safe='')}" if row.reason else row.target.name for row in rows
    )


def read_rows(text: str) -> list[tuple[str, str]]:
    """Targets and reasons as `as_rows` wrote them."""
    lines = (line.partition("\t") for line in text.split("\n") if line)
    return [(target, unquote(reason)) for target, _, reason in lines]


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `unescaped` gives it back."""
    return f"'{cell}" if cell.startswith(_ESCAPED) else cell


def unescaped(cell: str) -> str:
    """What was escaped, or a cell as it is."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_ESCAPED) else cell


def _records(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each record with the number of its first line; lines join while a quote is open, but not for ever."""
    open_record: list[tuple[int, str]] = []
    is_open = False
    for number, raw in enumerate(lines, 1):
        line = raw.removeprefix("\ufeff") if number == 1 else raw
        if not open_record and '"' not in line:
            yield number, line
            continue
        open_record.append((number, line))
        is_open ^= line.count('"') % 2 == 1
        if not is_open:
            yield open_record[0][0], "".join(part for _, part in open_record)
            open_record = []
        elif len(open_record) > _LONGEST_CELL_LINES:
            yield from open_record
            open_record, is_open = [], False
    yield from open_record


def _cells(text: str) -> list[str]:
    if '"' not in text:
        return text.strip("\r\n").split(",")
    try:
        return next(csv.reader([text], strict=True), None) or [""]
    except csv.Error:
        return [text]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the cells that count stand."""

    name: int
    severity: int | None
    comment: int | None


def _title(cell: str) -> str:
    return cell.strip().lower().removeprefix("#")


def _read(number: int, cells: list[str], columns: _Columns) -> Row | Passed:
    name = unescaped(_cell(cells, columns.name).strip())
    if name.startswith("#"):
        return Passed(number, "comment", "a remark")
    severity = _cell(cells, columns.severity)
    if severity not in _FULL and (passed := _judge(number, severity.strip().lower())) is not None:
        return passed
    if len(name) > LONGEST_NAME:
        return Passed(number, "unreadable", "it is too long to name anybody")
    try:
        target = read_target(name)
    except Unintelligible as problem:
        return Passed(number, "unreadable", str(problem))
    return Row(number, target, unescaped(_cell(cells, columns.comment)))


def _judge(number: int, severity: str) -> Passed | None:
    """None for a block in full."""
    if severity in _FULL:
        return None
    if severity in _MILDER:
        return Passed(number, "milder", f"“{severity}” is not a block")
    return Passed(number, "unreadable", f"“{severity[:40]}” is no measure we know")


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
