"""Logs as this node keeps them: how much of each there is, the tiles over it, and the heads signed for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from storage.ids import Did, LogName
from storage.leaves import measure, not_kept, require_empty, require_following
from storage.records import KeptLog, Leaf, LogMeasure, LogState, Tile
from storage.rows import json_list, ticks
from storage.sqlite.kept_leaves import insert_leaves
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

KEPT_LOGS: Final = Table("kept_logs", KeptLog, key=("name",))
_IN_ORDER: Final = "ORDER BY did, epoch DESC"
_GROW: Final = """
    UPDATE kept_logs SET size = size + :count, bytes = bytes + :bytes, wanted = wanted + :wanted, held = held + :held,
      standing = standing + :standing
    WHERE name = :name AND size = :expecting
"""
_SAVE_TILE: Final = """
    INSERT INTO kept_tiles (log, level, number, hashes) VALUES (?, ?, ?, ?)
    ON CONFLICT (log, level, number) DO UPDATE SET hashes = excluded.hashes
"""
_TILES: Final = """
    SELECT level, number, hashes FROM json_each(:numbers) AS these
    CROSS JOIN kept_tiles ON log = :name AND level = :level AND number = these.value
"""
_BYTES: Final = """
    SELECT coalesce(sum(length(entry) + coalesce(kept_bodies.size, 0)), 0)
    FROM kept_leaves LEFT JOIN kept_bodies USING (log, place) WHERE log = :name AND place >= :start AND place < :end
"""
_SET_PENDING: Final = """
    UPDATE kept_logs SET pending = :checkpoint, pending_size = :size
    WHERE name = :name AND pending_size = :expecting AND :size >= pending_size
"""
_SET_CHECKPOINT: Final = """
    UPDATE kept_logs SET checkpoint = :checkpoint, checkpoint_size = :size, checkpoint_at = :at
    WHERE name = :name AND checkpoint_size = :expecting AND :size BETWEEN checkpoint_size AND size
"""


class SqliteKeptLogs(Noun):
    """`storage.store.KeptLogs`, but for the leaves."""

    async def add_log(self, log: KeptLog) -> bool:
        require_empty(log)
        return await self.database.write(lambda connection: KEPT_LOGS.add(connection, log))

    async def find_log(self, name: LogName) -> KeptLog | None:
        return await self.database.read(lambda connection: KEPT_LOGS.find(connection, "WHERE name = :name", name=name))

    async def list_logs(self, did: Did | None = None) -> list[KeptLog]:
        rest = _IN_ORDER if did is None else f"WHERE did = :did {_IN_ORDER}"
        return await self.database.read(lambda connection: KEPT_LOGS.select(connection, rest, did=did))

    async def set_log_state(self, name: LogName, state: LogState) -> bool:
        return await self._change("UPDATE kept_logs SET state = ? WHERE name = ?", state, name) == 1

    async def grow_log(self, name: LogName, *, expecting: int, leaves: Sequence[Leaf], tiles: Sequence[Tile]) -> bool:
        new, over = tuple(leaves), tuple(tiles)
        require_following(new, expecting)
        return await self.database.write(
            lambda connection: _grow(connection, name, expecting, new, over), rows=len(new)
        )

    async def find_tiles(self, name: LogName, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        these = frozenset(wanted)
        return await self.database.read(lambda connection: _find_tiles(connection, name, these))

    async def measure_log(self, name: LogName) -> LogMeasure:
        statement = "SELECT bytes, wanted, held, standing FROM kept_logs WHERE name = ?"
        found = await self.database.read(lambda connection: connection.execute(statement, (name,)).fetchone())
        taken, wanted, held, standing = found or (0, 0, 0, 0)
        return LogMeasure(bytes=taken, wanted=wanted, held=held, standing=standing)

    async def measure_leaves(self, name: LogName, start: int, end: int) -> int:
        bounds = {"name": name, "start": start, "end": end}
        found = await self.database.read(lambda connection: connection.execute(_BYTES, bounds).fetchone())
        return int(found[0])

    async def set_pending(self, name: LogName, *, expecting: int, size: int, checkpoint: bytes) -> bool:
        given = {"name": name, "expecting": expecting, "size": size, "checkpoint": checkpoint}
        return await self.database.write(lambda connection: connection.execute(_SET_PENDING, given).rowcount == 1)

    async def set_checkpoint(
        self, name: LogName, *, expecting: int, size: int, checkpoint: bytes, at: datetime
    ) -> bool:
        given = {"name": name, "expecting": expecting, "size": size, "checkpoint": checkpoint, "at": ticks(at)}
        return await self.database.write(lambda connection: connection.execute(_SET_CHECKPOINT, given).rowcount == 1)


def _grow(
    connection: sqlite3.Connection, name: LogName, expecting: int, leaves: tuple[Leaf, ...], tiles: tuple[Tile, ...]
) -> bool:
    grown = {"name": name, "expecting": expecting, "count": len(leaves), **measure(leaves)}
    if connection.execute(_GROW, grown).rowcount == 0:
        if connection.execute("SELECT 1 FROM kept_logs WHERE name = ?", (name,)).fetchone() is None:
            raise not_kept(name)
        return False
    insert_leaves(connection, name, leaves)
    connection.executemany(_SAVE_TILE, [(name, tile.level, tile.number, tile.hashes) for tile in tiles])
    return True


def _find_tiles(
    connection: sqlite3.Connection, name: LogName, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], bytes]:
    found: dict[tuple[int, int], bytes] = {}
    for level in {level for level, _ in wanted}:
        numbers = json_list([number for on, number in wanted if on == level])
        rows = connection.execute(_TILES, {"name": name, "level": level, "numbers": numbers}).fetchall()
        found.update({(level, number): hashes for level, number, hashes in rows})
    return found
