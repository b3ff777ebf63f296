"""From the union's record to rows that pages are made of: repeatable, by a cursor.

A crash is repaired by reading on; the rows can be dropped and made again from the record alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from federation.identity.actors import read_actor
from federation.log.own import embedded_object, find_pin, read_boost, read_document, read_post, retracted
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId
from storage.records import Activity, ActorKind, PlacedEntry
from storage.store import Activities, Actors, Boosts, Log, Pins, Posts

CURSOR: Final = "pages"
_BATCH: Final = 100


class ProjectionStore(Actors, Log, Activities, Posts, Boosts, Pins, Protocol):
    """What the projection reads and writes."""


class Projector:
    """Reads the record on and keeps the rows of pages in step with it."""

    def __init__(
        self, store: ProjectionStore, union_actor: ActorId, changed: Callable[[], None] = lambda: None
    ) -> None:
        """`changed` is called when rows were made anew, some or all of those that were due."""
        self._store = store
        self._union_actor = union_actor
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()

    async def catch_up(self) -> int:
        """Read every entry not read yet; the cursor's place afterwards."""
        async with self._one_at_a_time:
            while True:
                start = await self._store.get_cursor(CURSOR)
                entries = await self._store.list_entries(start, _BATCH)
                if not entries:
                    return start
                await self._read_on(start, entries)

    async def _read_on(self, start: int, entries: Sequence[PlacedEntry]) -> None:
        ids = [placed.entry.activity for placed in entries]
        activities = {found.id: found for found in await self._store.list_activities(ids)}
        try:
            for placed in entries:
                await self._apply(placed, activities.get(placed.entry.activity))
        finally:
            self._changed()
        await self._store.advance_cursor(CURSOR, expecting=start, to=start + len(entries))

    async def _apply(self, placed: PlacedEntry, activity: Activity | None) -> None:
        if activity is None:
            raise NotFound(f"The record names {placed.entry.activity}, but its bytes are missing.")
        about = "actor" if placed.entry.is_profile else "note"
        await _PROJECTIONS[about, placed.entry.type](self, placed, activity)

    def _kind(self, actor: ActorId) -> ActorKind:
        return "union" if actor == self._union_actor else "campaign"

    async def _actor(self, placed: PlacedEntry, activity: Activity) -> None:
        document = embedded_object(read_document(activity.body))
        actor = read_actor(document, self._kind(placed.entry.actor))
        if not await self._store.add_actor(actor):
            await self._store.save_actor(actor)

    async def _create(self, placed: PlacedEntry, activity: Activity) -> None:
        await self._store.save_post(read_post(placed, activity))

    async def _update(self, placed: PlacedEntry, activity: Activity) -> None:
        standing = await self._store.find_post(placed.entry.object)
        if standing is not None and standing.retracted_at is None:
            await self._store.save_post(replace(read_post(placed, activity), index=standing.index))

    async def _delete(self, placed: PlacedEntry, activity: Activity) -> None:
        standing = await self._store.find_post(placed.entry.object)
        if standing is not None:
            await self._store.save_post(retracted(standing, placed, activity))
            await self._store.remove_pin(standing.id)

    async def _boost(self, placed: PlacedEntry, _activity: Activity) -> None:
        await self._store.add_boost(read_boost(placed))

    async def _undo(self, placed: PlacedEntry, _activity: Activity) -> None:
        await self._store.remove_boost(ActivityId(placed.entry.object))

    async def _pin(self, placed: PlacedEntry, activity: Activity) -> None:
        pin, post = find_pin(placed, activity), await self._store.find_post(placed.entry.object)
        if pin is not None and post is not None and post.retracted_at is None:
            await self._store.save_pin(pin)

    async def _unpin(self, placed: PlacedEntry, activity: Activity) -> None:
        if find_pin(placed, activity) is not None:
            await self._store.remove_pin(placed.entry.object)


_Projection = Callable[[Projector, PlacedEntry, Activity], Awaitable[None]]
_PROJECTIONS: Final[Mapping[tuple[str, str], _Projection]] = {
    ("actor", "Create"): Projector._actor,
    ("actor", "Update"): Projector._actor,
    ("note", "Create"): Projector._create,
    ("note", "Update"): Projector._update,
    ("note", "Delete"): Projector._delete,
    ("note", "Announce"): Projector._boost,
    ("note", "Undo"): Projector._undo,
    ("note", "Add"): Projector._pin,
    ("note", "Remove"): Projector._unpin,
}
