"""What the logs of one peer take together: what two epochs begin with alike counts once (protocol §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from federation.log.kept import read_root
from federation.tlog.errors import MissingTile
from storage.ids import LogName
from storage.records import KeptLog
from storage.store import KeptLogs


class SharesStore(KeptLogs, Protocol):
    """What is measured."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """Two logs as they were when it was measured what they share."""

    older: KeptLog
    later: KeptLog
    bytes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shares:
    """Measures anew only what has changed since."""

    store: SharesStore
    _known: dict[LogName, tuple[_Standing, int]] = field(default_factory=dict)
    """By the older log of two."""

    async def measure(self, logs: Sequence[KeptLog], taken: Mapping[LogName, int]) -> int:
        """Bytes of all logs of one peer, `taken` by each, less what each shares with the next that has entries."""
        grown = sorted((one for one in logs if one.size), key=lambda one: one.epoch)
        shared = [await self._measure(older, later, taken) for older, later in pairwise(grown)]
        return sum(taken[one.name] for one in logs) - sum(shared)

    async def _measure(self, older: KeptLog, later: KeptLog, taken: Mapping[LogName, int]) -> int:
        """The smaller of the two beginnings: entries without their activities excuse no activities elsewhere."""
        standing = _Standing(older, later, (taken[older.name], taken[later.name]))
        known = self._known.get(older.name)
        if known is None or known[0] != standing:
            size = await find_common_size(self.store, older, later)
            both = [await self._begins_with(one, size, taken[one.name]) for one in (older, later)]
            known = self._known[older.name] = standing, min(both)
        return known[1]

    async def _begins_with(self, log: KeptLog, size: int, taken: int) -> int:
        """Bytes of the first entries and their activities, by whichever part has fewer."""
        if size <= log.size // 2:
            return await self.store.measure_leaves(log.name, 0, size) if size else 0
        return taken - (await self.store.measure_leaves(log.name, size, log.size) if size < log.size else 0)


async def find_common_size(store: SharesStore, one: KeptLog, other: KeptLog) -> int:
    """How many entries two logs begin with alike, found by their roots; 0 when one is being forgotten."""
    low, size, end = 0, min(one.size, other.size), min(one.size, other.size)
    try:
        while low < end:
            if await read_root(store, one.name, size) == await read_root(store, other.name, size):
                low = size
            else:
                end = size - 1
            size = (low + end + 1) // 2
    except MissingTile:
        return 0
    return low
