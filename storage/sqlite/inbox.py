"""Verified activities from outside, each stored once."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from storage.errors import LeaseLost
from storage.ids import ActivityId, Lease
from storage.records import ClaimedReceived, Received
from storage.rows import ticks, time_at
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_RECEIVED: Final = Table("received", Received, key=("id",))
_AFTER_ALL: Final = chr(0x10FFFF)
"""Sorts behind every character."""
_NONE: Final = {"waiting": 0, "done": 0, "failed": 0}

_RETURN: Final = """
    UPDATE received SET lease = NULL, due_at = ?, attempts = attempts - 1
    WHERE state = 'waiting' AND lease = ? AND due_at = ?
"""


class SqliteInbox(Noun):
    """`storage.store.Inbox`."""

    async def add_received(self, received: Received) -> bool:
        return await self.database.write(lambda connection: _add_received(connection, received))

    async def has_received(self, beginning: str) -> bool:
        statement = "SELECT 1 FROM received WHERE id >= ? AND id < ? LIMIT 1"
        bounds = (beginning, beginning + _AFTER_ALL)
        return await self.database.read(lambda connection: connection.execute(statement, bounds).fetchone() is not None)

    async def claim_received(
        self, *, now: datetime, until: datetime, lease: Lease, limit: int
    ) -> list[ClaimedReceived]:
        return await self.database.write(lambda connection: _claim(connection, now, until, lease, limit))

    async def finish_received(
        self, id: ActivityId, lease: Lease, *, error: str | None, retry_at: datetime | None, counts: bool = True
    ) -> None:
        await self.database.write(lambda connection: _finish(connection, id, lease, error, retry_at, counts=counts))

    async def return_received(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        given = (ticks(now), lease, ticks(until))
        return await self.database.write(lambda connection: connection.execute(_RETURN, given).rowcount)

    async def next_received_due(self) -> datetime | None:
        statement = "SELECT min(due_at) FROM received WHERE state = 'waiting'"
        (due_at,) = await self.database.read(lambda connection: connection.execute(statement).fetchone())
        return None if due_at is None else time_at(due_at)

    async def count_received(self) -> dict[str, int]:
        return await self.database.read(_count)

    async def remove_received(self, *, finished_before: datetime, limit: int) -> int:
        return await self.database.write(lambda connection: _remove(connection, finished_before, limit))


def _add_received(connection: sqlite3.Connection, received: Received) -> bool:
    inserted = connection.execute(
        "INSERT INTO received (id, actor, type, received_at, due_at, body)"
        " VALUES (:id, :actor, :type, :received_at, :received_at, :body) ON CONFLICT (id) DO NOTHING",
        _RECEIVED.row(received),
    )
    return inserted.rowcount == 1


def _claim(
    connection: sqlite3.Connection, now: datetime, until: datetime, lease: Lease, limit: int
) -> list[ClaimedReceived]:
    statement = (
        f"SELECT attempts, {_RECEIVED.columns} FROM received"  # noqa: S608  our own column names
        " WHERE state = 'waiting' AND due_at <= ? ORDER BY received_at, place LIMIT ?"
    )
    rows = connection.execute(statement, (ticks(now), limit)).fetchall()
    claimed = [
        ClaimedReceived(received=_RECEIVED.record(tuple(row)), attempts=attempts, lease=lease)
        for attempts, *row in rows
    ]
    connection.executemany(
        "UPDATE received SET lease = ?, due_at = ?, attempts = attempts + 1 WHERE id = ?",
        [(lease, ticks(until), claim.received.id) for claim in claimed],
    )
    return claimed


def _finish(
    connection: sqlite3.Connection,
    id: ActivityId,
    lease: Lease,
    error: str | None,
    retry_at: datetime | None,
    *,
    counts: bool,
) -> None:
    if error is not None and retry_at is not None:
        change, due_at = "due_at = :due_at", ticks(retry_at)
    else:
        change, due_at = f"state = '{'done' if error is None else 'failed'}', body = x''", None
    statement = (
        f"UPDATE received SET lease = NULL, error = :error, {change},"  # noqa: S608  our own words
        " attempts = attempts - :uncounted"
        " WHERE id = :id AND lease = :lease AND state = 'waiting'"
    )
    given = {"error": error, "due_at": due_at, "id": id, "lease": lease, "uncounted": 0 if counts else 1}
    changed = connection.execute(statement, given)
    if changed.rowcount != 1:
        raise LeaseLost(f"{id} was given to another worker meanwhile, or is finished. Leave it to that worker.")


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT 'waiting', count(*) FROM received WHERE state = 'waiting'"
        " UNION ALL SELECT state, count(*) FROM received WHERE state <> 'waiting' GROUP BY state"
    )
    return {**_NONE, **dict(rows.fetchall())}


def _remove(connection: sqlite3.Connection, finished_before: datetime, limit: int) -> int:
    removed = connection.execute(
        "DELETE FROM received WHERE place IN (SELECT place FROM received"
        " WHERE state <> 'waiting' AND state IN ('done', 'failed') AND received_at < ? LIMIT ?)",
        (ticks(finished_before), limit),
    )
    return removed.rowcount
