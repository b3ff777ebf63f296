"""Budgets that all processes share."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from storage.rows import json_list, ticks
from storage.sqlite.noun import Noun

_ADD: Final = """
    INSERT INTO spending (budget, spent, keep_until) VALUES (:budget, :spent, :until)
    ON CONFLICT (budget) DO UPDATE SET
      spent = iif(keep_until > :now, spent, 0) + :spent, keep_until = iif(keep_until > :now, keep_until, :until)
"""
_TOTALS: Final = "SELECT budget, spent FROM spending WHERE budget IN (SELECT value FROM json_each(?))"
_REMOVE: Final = """
    DELETE FROM spending WHERE budget IN (SELECT budget FROM spending WHERE keep_until < ? LIMIT ?)
"""


class SqliteSpending(Noun):
    """`storage.store.Spending`."""

    async def add_spending(self, spent: Mapping[str, int], *, now: datetime, keep_until: datetime) -> dict[str, int]:
        rows: list[dict[str, str | int]] = [
            {"budget": budget, "spent": much, "now": ticks(now), "until": ticks(keep_until)}
            for budget, much in spent.items()
        ]
        return await self.database.write(lambda connection: _add(connection, rows))

    async def remove_spending(self, *, before: datetime, limit: int) -> int:
        given = (ticks(before), limit)
        return await self.database.write(lambda connection: connection.execute(_REMOVE, given).rowcount)


def _add(connection: sqlite3.Connection, rows: list[dict[str, str | int]]) -> dict[str, int]:
    connection.executemany(_ADD, rows)
    named = json_list([str(row["budget"]) for row in rows])
    return dict(connection.execute(_TOTALS, (named,)).fetchall())
