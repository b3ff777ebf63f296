"""Who says it has moved."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from storage.ids import ActorId
from storage.records import Move
from storage.rows import ticks
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_MOVES: Final = Table("moves", Move, key=("actor",))
_FINISH: Final = """
    UPDATE moves SET state = :state, attempts = :attempts, due_at = :due_at, error = :error
    WHERE actor = :actor AND target = :target AND received_at = :received_at AND state = 'waiting'
"""


class SqliteMoves(Noun):
    """`storage.store.Moves`."""

    async def save_move(self, move: Move) -> None:
        await self.database.write(lambda connection: _MOVES.save(connection, move))

    async def find_move(self, actor: ActorId) -> Move | None:
        return await self.database.read(lambda connection: _MOVES.find(connection, "WHERE actor = :actor", actor=actor))

    async def list_moves(self, *, after: ActorId | None, limit: int) -> list[Move]:
        rest = "WHERE actor > :after ORDER BY actor LIMIT :limit"
        return await self.database.read(
            lambda connection: _MOVES.select(connection, rest, after=after or "", limit=limit)
        )

    async def count_moves(self, *, origin: str | None = None) -> int:
        """Below an origin: everything between its slash and the letter after a slash."""
        below = "" if origin is None else "AND actor > :origin || '/' AND actor < :origin || '0'"
        statement = f"SELECT count(*) FROM moves WHERE state = 'waiting' {below}"  # noqa: S608  our own words
        given = {"origin": origin}
        return await self.database.read(lambda connection: int(connection.execute(statement, given).fetchone()[0]))

    async def claim_moves(self, *, now: datetime, until: datetime, limit: int) -> list[Move]:
        return await self.database.write(lambda connection: _claim(connection, now, until, limit))

    async def finish_move(self, move: Move) -> bool:
        return await self.database.write(lambda connection: connection.execute(_FINISH, _MOVES.row(move)).rowcount == 1)

    async def remove_move(self, actor: ActorId) -> bool:
        return await self._change("DELETE FROM moves WHERE actor = ?", actor) == 1


def _claim(connection: sqlite3.Connection, now: datetime, until: datetime, limit: int) -> list[Move]:
    rest = "WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at, actor LIMIT :limit"
    due = _MOVES.select(connection, rest, now=ticks(now), limit=limit)
    connection.executemany("UPDATE moves SET due_at = ? WHERE actor = ?", [(ticks(until), move.actor) for move in due])
    return due
