"""Reading a list of blocks from a file and handing it on in parts: any length, the same memory."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import click

from federation.blocks.lists import Row, as_rows, read_list
from federation.strictjson import JsonObject
from node.cli.reading import counted, member, rows
from node.cli.session import Session
from node.refusal import Refusal

Advance = Callable[[int], None]
"""Hears how many bytes were read."""

PART: Final = 100_000
"""Blocks handed on at once, and at most so many bytes: the node takes 4 MiB."""
_PART_BYTES: Final = 2 * 1024 * 1024
_TOLD: Final = 20
"""Lines told one by one; the others are counted."""
_LONGEST_LINE: Final = 64 * 1024
_OURS: Final = "it is this node itself, which no list can block"


@dataclass(slots=True)
class Tally:
    """What became of the lines."""

    added: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    told: list[tuple[int, str]] = field(default_factory=list)
    known_lines: list[int] = field(default_factory=list)

    def tell(self, line: int, words: str, kind: str = "unreadable") -> None:
        """Count a line that asked for something it did not get, and keep the first of them."""
        self.counts[kind] += 1
        if len(self.told) < _TOLD:
            self.told.append((line, words))

    def know(self, line: int) -> None:
        """Count a block that stood already."""
        self.counts["known"] += 1
        if len(self.known_lines) < _TOLD:
            self.known_lines.append(line)


def import_file(file: Path, session: Session) -> None:
    """Block everybody in a file, cut them off, and tell what was not taken; `Refusal` for a file that is none."""
    tally = Tally()
    try:
        with file.open("rb") as source, _progress(file) as advance:
            for part in _parts(_told(source, advance, tally)):
                _hand_on(part, session, tally)
    except OSError as problem:
        raise Refusal(f"{file} could not be read: {problem.strerror}. Give the path of a CSV file.") from problem
    _refuse_no_list(file, tally)
    cut = session.ask("block cut")
    document: JsonObject = {
        "added": tally.added,
        "known": tally.counts["known"],
        "ours": tally.counts["ours"],
        "milder": tally.counts["milder"],
        "remarks": tally.counts["comment"],
        "unreadable": tally.counts["unreadable"],
        "lines": [{"line": line, "says": words} for line, words in sorted(tally.told)],
        "cut": cut,
    }
    session.show(document, _in_words(tally, document))


def _refuse_no_list(file: Path, tally: Tally) -> None:
    """A file of which no line was understood is another file than was meant."""
    if tally.added or not tally.counts["unreadable"] or any(tally.counts[kind] for kind in ("known", "ours", "milder")):
        return
    line, words = tally.told[0]
    raise Refusal(
        f"{file} names nobody who can be blocked, so nothing was changed. Line {line}: {words}. "
        "Give a list in one of Mastodon's CSV formats, or a text file with a host or an account in each line."
    )


@contextmanager
def _progress(file: Path) -> Iterator[Advance]:
    """By bytes; nothing is drawn where nobody looks."""
    size = file.stat().st_size
    with click.progressbar(
        length=max(size, 1), label="Blocking", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar.update


def _told(source: IO[bytes], advance: Advance, tally: Tally) -> Iterator[Row]:
    """The blocks asked for; everything else is counted and told."""
    for item in read_list(_lines(source, advance)):
        if isinstance(item, Row):
            yield item
        elif item.why == "unreadable":
            tally.tell(item.line, item.words)
        else:
            tally.counts[item.why] += 1


def _lines(source: IO[bytes], advance: Advance) -> Iterator[str]:
    """Lines as text; what is no UTF-8, or longer than any line should be, becomes one that nobody can block."""
    behind = 0
    while raw := source.readline(_LONGEST_LINE):
        behind += len(raw)
        while not raw.endswith(b"\n") and (more := source.readline(_LONGEST_LINE)):
            behind, raw = behind + len(more), b"\xff" + more[-1:]
        if behind > _LONGEST_LINE:
            advance(behind)
            behind = 0
        try:
            yield raw.decode()
        except UnicodeDecodeError:
            yield "\ufffd\n"
    advance(behind)


def _parts(found: Iterator[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    size = 0
    for row in found:
        part.append(row)
        size += _weight(row)
        if len(part) == PART or size > _PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _weight(row: Row) -> int:
    """Bytes as a command carries it, at most."""
    name = row.target.name
    return (len(name) if name.isascii() else 12 * len(name)) + 12 * len(row.reason) + 3


def _hand_on(part: list[Row], session: Session, tally: Tally) -> None:
    done = session.ask("block import", {"rows": as_rows(part)})
    known, ours = rows(member(done, "known")), rows(member(done, "ours"))
    tally.added += len(part) - len(known) - len(ours)
    for place in known:
        tally.know(part[_place(place)].line)
    for place in ours:
        tally.tell(part[_place(place)].line, _OURS, "ours")


def _place(value: object) -> int:
    return value if isinstance(value, int) else 0


def _in_words(tally: Tally, document: JsonObject) -> str:
    from node.cli.blocks import cut_in_words

    counts = tally.counts
    lines = [f"Blocked {tally.added} more. {cut_in_words(document['cut'])}"]
    if counts["known"]:
        first, where = ", ".join(map(str, tally.known_lines)), "line" if counts["known"] == 1 else "lines"
        lines.append(
            f"{counted(counts['known'], 'was', 'were')} blocked already: {where} {first}{_and_more(counts['known'])}"
        )
    if counts["milder"]:
        asked = counted(counts["milder"], "line asks", "lines ask")
        passed = "was" if counts["milder"] == 1 else "were"
        lines.append(f"{asked} for less than a block (silence, limit, noop) and {passed} passed over.")
    if counts["comment"]:
        lines.append(f"{counted(counts['comment'], 'line is a remark', 'lines are remarks')}.")
    lines += [f"line {line}: {words}" for line, words in sorted(tally.told)]
    left = counts["unreadable"] + counts["ours"] - len(tally.told)
    if left > 0:
        lines.append(f"… and {counted(left, 'more line', 'more lines')} that could not be taken.")
    return "\n".join(lines)


def _and_more(count: int) -> str:
    return " …" if count > _TOLD else ""
