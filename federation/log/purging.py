"""Seven days after something was taken back its bytes go for good, from every kept log and from our own store.

Not while a delivery of it still waits, nor before pages and deliveries were made of what took it back: whoever was
sent an update gets its retraction, in order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.log.fan_out import CURSOR as FANNED_OUT
from federation.log.project import CURSOR as PROJECTED
from storage.ids import ActivityId
from storage.records import VERSIONS, PlacedEntry
from storage.store import Deliveries, KeptLogs, Log, OwnActivities

GRACE: Final = timedelta(days=7)
CURSOR: Final = "purge"
_BATCH: Final = 100


class PurgingStore(KeptLogs, Log, Deliveries, OwnActivities, Protocol):
    """What purging reads and writes."""


async def purge(store: PurgingStore, *, tree_size: int, now: datetime) -> int:
    """Purge what was taken back seven days ago; of how many activities the bytes went, here or in a kept log."""
    purged = await purge_own(store, tree_size=tree_size, now=now)
    while (count := await store.purge_leaves(hidden_before=now - GRACE, limit=_BATCH)) > 0:
        purged += count
    return purged


async def purge_own(store: PurgingStore, *, tree_size: int, now: datetime) -> int:
    """The same for the bytes from which our deliveries are made."""
    end = min(tree_size, await store.get_cursor(FANNED_OUT), await store.get_cursor(PROJECTED))
    start = place = await store.get_cursor(CURSOR)
    is_clean, purged = True, 0
    while entries := await store.list_entries(place, _BATCH):
        for placed in entries:
            if placed.index >= end or placed.entry.published_at > now - GRACE:
                return purged
            ids = await _taken_back_by(store, placed)
            purged += await store.purge_activities(ids) if ids else 0
            is_clean = is_clean and not [id for id in ids if await store.is_waiting(id)]
            place = placed.index + 1
            if is_clean and (ids or place % _BATCH == 0):
                await store.advance_cursor(CURSOR, expecting=start, to=place)
                start = place
    return purged


async def _taken_back_by(store: Log, placed: PlacedEntry) -> list[ActivityId]:
    """The versions of a note that this entry put an end to. Its boosts and pins hold no words and stay."""
    entry = placed.entry
    if entry.is_profile or entry.type not in {"Update", "Delete"}:
        return []
    about = await store.list_object_entries(entry.object)
    return [one.entry.activity for one in about if one.index < placed.index and one.entry.type in VERSIONS]
