"""What `check` looks at: SQLite's pages, and what must hold between our tables."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.sqlite.delivery_turns import STRAY_HEADS, STRAY_TURNS
from storage.sqlite.kept_soundness import kept_log_problems

_RULES: Final = (
    (
        "SELECT coalesce(max(place) + 1, 0) - count(*) FROM entries",
        "The record has gaps: {count} places before its end are missing. Restore the newest backup.",
    ),
    (
        "SELECT count(*) FROM entries WHERE activity NOT IN (SELECT id FROM activities)",
        "{count} entries of the record have lost the bytes they commit to. Restore the newest backup.",
    ),
    (
        STRAY_TURNS,
        "{count} waiting deliveries are held back for nothing, or go before their time. "
        "Please report this sentence; it is a mistake in the program.",
    ),
    (
        STRAY_HEADS,
        "The delivery queue names the wrong next delivery for {count} hosts, so some would come late. "
        "Please report this sentence; it is a mistake in the program.",
    ),
)


def find_problems(connection: sqlite3.Connection) -> list[str]:
    """Sentences for people, empty when sound."""
    try:
        return _page_problems(connection) or _rule_problems(connection) + kept_log_problems(connection)
    except sqlite3.DatabaseError as error:
        return [f"The file is damaged and cannot be read through ({error}). Restore the newest backup."]


def _page_problems(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("PRAGMA integrity_check(20)").fetchall()
    return [
        f"SQLite found damage in the file: {found}. Restore the newest backup." for (found,) in rows if found != "ok"
    ]


def _rule_problems(connection: sqlite3.Connection) -> list[str]:
    counted = [(connection.execute(statement).fetchone()[0], sentence) for statement, sentence in _RULES]
    return [sentence.format(count=count) for count, sentence in counted if count]
