"""What `check` looks at in kept logs: each is whole from its first leaf to its last, and so are the tiles over it."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.leaves import Counted, say_problems
from storage.records import LogMeasure
from storage.sqlite.kept_logs import KEPT_LOGS

_LEAVES: Final = """
    SELECT count(*), coalesce(max(place) + 1, 0), coalesce(sum(length(entry)), 0),
      count(*) FILTER (WHERE state = 'wanted'), count(*) FILTER (WHERE state = 'held'),
      count(*) FILTER (WHERE is_standing = 1)
    FROM kept_leaves WHERE log = ?
"""
_BODIES: Final = "SELECT coalesce(sum(length(body)), 0) FROM kept_bodies WHERE log = ?"
_BODILESS: Final = """
    SELECT count(*) FROM kept_leaves LEFT JOIN kept_bodies USING (log, place)
    WHERE log = ? AND (state IN ('held', 'hidden')) <> (size IS NOT NULL)
"""
_TILES: Final = (
    "SELECT level, count(*), max(number) + 1, sum(length(hashes)) FROM kept_tiles WHERE log = ? GROUP BY level"
)
_MEASURE: Final = "SELECT bytes, wanted, held, standing FROM kept_logs WHERE name = ?"


def kept_log_problems(connection: sqlite3.Connection) -> list[str]:
    """Sentences for people, empty when sound."""
    problems: list[str] = []
    for log in KEPT_LOGS.select(connection, "ORDER BY did, epoch"):
        problems += say_problems(log, _count(connection, log.name))
    return problems


def _count(connection: sqlite3.Connection, log: str) -> Counted:
    def one(statement: str) -> tuple[int, ...]:
        found: tuple[int, ...] = connection.execute(statement, (log,)).fetchone()
        return found

    leaves, end, entries, wanted, held, standing = one(_LEAVES)
    told = dict(zip(("bytes", "wanted", "held", "standing"), one(_MEASURE), strict=True))
    return Counted(
        leaves=leaves,
        end=end,
        tiles={level: (count, last, length) for level, count, last, length in connection.execute(_TILES, (log,))},
        bodiless=one(_BODILESS)[0],
        told=LogMeasure(**told),
        found=LogMeasure(bytes=entries + one(_BODIES)[0], wanted=wanted, held=held, standing=standing),
    )
