"""What the story's liar does: one letter altered in a proof, one byte in a copy that is held."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from node.cli.stage import PlayFailed

_TRUE: Final = b"still here"
_FALSE: Final = b"still hire"


def alter_a_proof(file: Path) -> None:
    """Put one other letter into the post that the proof carries."""
    lines = file.read_bytes().split(b"\n")
    carried = base64.b64decode(lines[1].removeprefix(b"extra "))
    if _TRUE not in carried:
        raise PlayFailed("the proof does not carry the post")
    lines[1] = b"extra " + base64.b64encode(carried.replace(_TRUE, _FALSE))
    file.write_bytes(b"\n".join(lines))


@contextmanager
def alter_a_held_post(home: Path, union: str) -> Iterator[None]:
    """One byte of the copy is another until the end of the block; its node does not run."""
    with closing(sqlite3.connect(home / "picketline.db")) as database:
        place, true = _find(database, union)
        _write(database, place, true.replace(_TRUE, _FALSE))
        try:
            yield
        finally:
            _write(database, place, true)


def _find(database: sqlite3.Connection, union: str) -> tuple[tuple[str, int], bytes]:
    held = database.execute("SELECT log, place, body FROM kept_bodies WHERE log LIKE ? || '/%'", (union,))
    for log, place, body in held:
        if _TRUE in body:
            return (log, place), body
    raise PlayFailed("the mirror does not hold the post")


def _write(database: sqlite3.Connection, place: tuple[str, int], body: bytes) -> None:
    database.execute("UPDATE kept_bodies SET body = ? WHERE log = ? AND place = ?", (body, *place))
    database.commit()
