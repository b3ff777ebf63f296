"""From the union's record to its Merkle tree: a reader that copies each entry with its activity into our own kept log.

How far it has read is the size of the tree, which grows in one step with the leaves. So a crash is repaired by reading
on, and of several processes that read at once one is faster and the others look again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from federation.errors import HeadRefused
from federation.identity.charter import read_charter
from federation.log.copying import copy_leaves, let_go
from federation.log.kept import read_root
from federation.log.withdrawals import withdraw
from federation.tlog.merkle import leaf_hash
from federation.tlog.tiles import grow, needed_for_growth
from storage.errors import NotFound
from storage.ids import ActivityId, Did, LogName
from storage.records import Activity, KeptLog, Leaf, PlacedEntry, Tile, empty_log
from storage.store import Activities, KeptLogs, Log, Unions

_BATCH: Final = 256
FIRST_EPOCH: Final = 1


class GrowingStore(Log, Activities, KeptLogs, Unions, Protocol):
    """What the tree is made from, and where it stands."""


class Tree:
    """Our own log, kept as every other is."""

    def __init__(self, store: GrowingStore, did: Did, now: Callable[[], datetime]) -> None:
        self._store, self._did, self._now = store, did, now
        self._begun: LogName | None = None
        """The log that is known to have begun where the epoch before it ended."""
        self._one_at_a_time = asyncio.Lock()

    async def name(self) -> LogName:
        """The log of the newest epoch; asked each time, for any process of this store may begin a new one."""
        charters = await self._store.list_charters(self._did)
        return log_name(self._did, charters[0].epoch if charters else FIRST_EPOCH)

    async def catch_up(self) -> KeptLog:
        """Copy every entry not copied yet, and withdraw what they take back; the log afterwards.

        `HeadRefused` when the record does not go on from what the tree holds.
        """
        async with self._one_at_a_time:
            log = await self._find()
            while new := await self._next(log):
                log = await self._grow(log, new)
                if len(new) < _BATCH:
                    break
            while log.withdrawn_to < log.size:
                is_done = await withdraw(self._store, log, to=log.size, at=self._now())
                log = replace(log, withdrawn_to=log.size) if is_done else await self._find()
            return log

    async def _find(self) -> KeptLog:
        name = await self.name()
        log = await self._store.find_log(name)
        if log is None:
            await self._store.add_log(_new_log(name, self._did))
            log = await self._store.find_log(name)
        if log is None:
            raise NotFound(f"The store keeps no log {name}, although it was just told to.")
        if self._begun != name:
            log = await self._begin(log)
            self._begun = name
        return log

    async def _begin(self, log: KeptLog) -> KeptLog:
        """Go on from the tree of the epoch before, as far as the charter says it counts; once, also after a crash."""
        older = [one for one in await self._store.list_logs(self._did) if one.epoch < log.epoch]
        if not older:
            return log
        charters = await self._store.list_charters(self._did)
        after = read_charter(charters[0].body).after
        if log.size < after.size:
            if older[0].size < after.size or await read_root(self._store, older[0].name, after.size) != after.root:
                raise HeadRefused(
                    f"The record in the store is not the one with which epoch {log.epoch} of this union began: an "
                    "older copy of the store was put back, or somebody changed it. Nothing more is signed or "
                    "published. Put the newest copy back and start the node again."
                )
            await copy_leaves(self._store, older[0].name, log, after.size)
            log = await self._store.find_log(log.name) or log
        for one in older if log.size >= after.size else []:
            if (await self._store.measure_log(one.name)).held:
                await let_go(self._store, one, log.name, at=self._now())
        return log

    async def _next(self, log: KeptLog) -> Sequence[PlacedEntry]:
        """The next entries of the record, if the one before them is the tree's last leaf."""
        if log.size == 0:
            return await self._store.list_entries(0, _BATCH)
        found, leaves = await asyncio.gather(
            self._store.list_entries(log.size - 1, _BATCH + 1),
            self._store.list_leaves(log.name, log.size - 1, 1, with_bodies=False),
        )
        if [placed.entry.commitment for placed in found[:1]] != [leaf.entry for leaf in leaves] or not leaves:
            raise HeadRefused(
                f"The record in the store does not go on from the {log.size} entries whose head this node has signed: "
                "an older copy of the store was put back, or somebody changed it. Nothing more is signed or published. "
                "Put the newest copy back and start the node again."
            )
        return found[1:]

    async def _grow(self, log: KeptLog, new: Sequence[PlacedEntry]) -> KeptLog:
        """The log as it is with them, or as another process has made it."""
        ids = [placed.entry.activity for placed in new]
        activities, known = await asyncio.gather(
            self._store.list_activities(ids), self._store.find_tiles(log.name, needed_for_growth(log.size))
        )
        bodies = {found.id: found for found in activities}
        at = self._now()
        leaves = [read_leaf(placed, _bytes_of(placed, bodies), at) for placed in new]
        changed = grow(known, log.size, [leaf_hash(leaf.entry) for leaf in leaves])
        tiles = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()]
        if await self._store.grow_log(log.name, expecting=log.size, leaves=leaves, tiles=tiles):
            return replace(log, size=log.size + len(leaves))
        return await self._find()


def log_name(did: Did, epoch: int) -> LogName:
    """The name of a log, of its key and of its origin line."""
    return LogName(f"{did}/{epoch}")


def read_leaf(placed: PlacedEntry, body: bytes, at: datetime) -> Leaf:
    """An entry of the record as a leaf; without bytes when they were purged."""
    entry = placed.entry
    return Leaf(
        place=placed.index,
        entry=entry.commitment,
        digest=str(json.loads(entry.commitment)["digest"]),
        activity=entry.activity,
        actor=entry.actor,
        object=entry.object,
        type=entry.type,
        published_at=entry.published_at,
        state="held" if body else "gone",
        is_standing=False,
        kept_at=at,
        changed_at=at,
        body=body or None,
    )


def _bytes_of(placed: PlacedEntry, activities: dict[ActivityId, Activity]) -> bytes:
    if placed.entry.activity not in activities:
        raise NotFound(f"The record names {placed.entry.activity}, but its bytes are missing.")
    return activities[placed.entry.activity].body


def _new_log(name: LogName, did: Did) -> KeptLog:
    return empty_log(name, did=did, epoch=int(name.rsplit("/", 1)[-1]), state="ours")
