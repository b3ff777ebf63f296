"""Logs as this node keeps them: how much of each there is, the tiles over it, and the heads signed for it.

Whoever changes a log's leaves writes the log's own document in the same transaction: of two who do so at once one is
run again, and sees what the other did.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from storage.ids import Did, LogName
from storage.leaves import measure, not_kept, require_empty, require_following
from storage.mongo.database import Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Change, Document, Filter
from storage.mongo.kept_leaves import BODIES, LEAVES, insert_leaves
from storage.mongo.noun import Noun
from storage.records import KeptLog, Leaf, LogMeasure, LogState, Tile
from storage.rows import Rows, ticks

KEPT_LOGS: Final = Documents("kept_logs", KeptLog, key=("name",))
COUNTS: Final = ("bytes", "wanted", "held", "standing")
_TILES: Final = "kept_tiles"
_TILE: Final = Rows(Tile)


class MongoKeptLogs(Noun):
    """`storage.store.KeptLogs`, but for the leaves."""

    async def add_log(self, log: KeptLog) -> bool:
        require_empty(log)
        nothing = dict.fromkeys(COUNTS, 0)
        return await self.database.write(lambda within: KEPT_LOGS.add(within, log, **nothing))

    async def find_log(self, name: LogName) -> KeptLog | None:
        return await self.database.read(lambda within: KEPT_LOGS.find(within, {"_id": name}))

    async def list_logs(self, did: Did | None = None) -> list[KeptLog]:
        filter = {} if did is None else {"did": did}
        found = await self.database.read(lambda within: KEPT_LOGS.select(within, filter))
        return sorted(found, key=lambda log: (log.did, -log.epoch))

    async def set_log_state(self, name: LogName, state: LogState) -> bool:
        return await self._set({"_id": name}, {"state": state})

    async def grow_log(self, name: LogName, *, expecting: int, leaves: Sequence[Leaf], tiles: Sequence[Tile]) -> bool:
        new, over = tuple(leaves), tuple(tiles)
        require_following(new, expecting)
        return await self.database.transact(lambda within: _grow(within, name, expecting, new, over))

    async def find_tiles(self, name: LogName, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        these: Filter = {"_id": {"$in": [id_of(name, level, number) for level, number in wanted]}}
        found = await self.database.read(lambda within: within[_TILES].find(these))
        return {(tile["level"], tile["number"]): bytes(tile["hashes"]) for tile in found}

    async def measure_log(self, name: LogName) -> LogMeasure:
        log = await self.database.read(lambda within: within[KEPT_LOGS.name].find_one({"_id": name}, only=COUNTS))
        return LogMeasure(**{count: 0 if log is None else int(log[count]) for count in COUNTS})

    async def measure_leaves(self, name: LogName, start: int, end: int) -> int:
        these = {"$match": {"log": name, "place": {"$gte": start, "$lt": end}}}
        return await self.database.read(lambda within: _measure(within, these))

    async def set_pending(self, name: LogName, *, expecting: int, size: int, checkpoint: bytes) -> bool:
        if size < expecting:
            return False
        standing: Filter = {"_id": name, "pending_size": expecting}
        return await self._set(standing, {"pending": checkpoint, "pending_size": size})

    async def set_checkpoint(
        self, name: LogName, *, expecting: int, size: int, checkpoint: bytes, at: datetime
    ) -> bool:
        if size < expecting:
            return False
        standing: Filter = {"_id": name, "checkpoint_size": expecting, "size": {"$gte": size}}
        new: Document = {"checkpoint": checkpoint, "checkpoint_size": size, "checkpoint_at": ticks(at)}
        return await self._set(standing, new)

    async def _set(self, standing: Filter, new: Document) -> bool:
        change = {"$set": new}
        return await self.database.write(lambda within: within[KEPT_LOGS.name].update(standing, change)) == 1


async def _measure(within: Scope, these: Document) -> int:
    total = 0
    for collection, size in ((LEAVES.name, {"$binarySize": "$entry"}), (BODIES, "$size")):
        summed: Document = {"$group": {"_id": None, "bytes": {"$sum": size}}}
        total += sum([int(one["bytes"]) for one in await within[collection].aggregate([these, summed])])
    return total


async def _grow(
    within: Scope, name: LogName, expecting: int, leaves: tuple[Leaf, ...], tiles: tuple[Tile, ...]
) -> bool:
    grown = {"$inc": {"size": len(leaves), **measure(leaves)}}
    if not await within[KEPT_LOGS.name].update({"_id": name, "size": expecting}, grown):
        if await within[KEPT_LOGS.name].find_one({"_id": name}, only=("_id",)) is None:
            raise not_kept(name)
        return False
    await insert_leaves(within, name, leaves)
    await within[_TILES].update_each([_put_tile(name, tile) for tile in tiles], upsert=True)
    return True


def _put_tile(name: LogName, tile: Tile) -> tuple[Filter, Change]:
    return {"_id": id_of(name, tile.level, tile.number)}, {"$set": {"log": name, **_TILE.row(tile)}}
