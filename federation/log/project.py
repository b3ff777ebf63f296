"""From the union's record to rows that pages are made of: repeatable, by a cursor.

A crash is repaired by reading on; the rows can be dropped and made again from the record alone, also where the bytes
of a version that a later entry put an end to were purged. What an entry means
is written in the one step that moves the cursor past it. So what is read before that step may be trusted, also where
several processes read the record on at once: whoever did not move the cursor has written nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from federation.identity.actors import read_actor
from federation.log.own import (
    embedded_object,
    find_pin,
    read_boost,
    read_document,
    read_post,
    read_purged,
    retracted,
)
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId
from storage.records import (
    VERSIONS,
    Activity,
    ActorKind,
    AddBoost,
    PageChange,
    PlacedEntry,
    RemoveBoost,
    RemovePin,
    SaveActor,
    SavePin,
    SavePost,
)
from storage.store import Activities, Log, Posts

CURSOR: Final = "pages"
_BATCH: Final = 100


class ProjectionStore(Log, Activities, Posts, Protocol):
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
                await self._read_on(entries)

    async def begin_again(self) -> None:
        """Forget the rows of updates, boosts and pins; they are made again from the first entry, also after a crash.

        The caller sees that no other process reads the record on meanwhile.
        """
        async with self._one_at_a_time:
            while (place := await self._store.get_cursor(CURSOR)) > 0:
                await self._store.advance_cursor(CURSOR, expecting=place, to=0)
            await self._store.drop_posts()

    async def _read_on(self, entries: Sequence[PlacedEntry]) -> None:
        """Step by step, until another process turns out to be faster."""
        ids = [placed.entry.activity for placed in entries]
        activities = {found.id: found for found in await self._store.list_activities(ids)}
        try:
            for placed in entries:
                activity = activities.get(placed.entry.activity)
                if placed is not entries[-1] and await self._is_over(placed):
                    activity = None if activity is None else replace(activity, body=b"")
                changes = await self._changes(placed, activity)
                if not await self._store.project(CURSOR, expecting=placed.index, changes=changes):
                    break
        finally:
            self._changed()

    async def _is_over(self, placed: PlacedEntry) -> bool:
        """Whether a later entry puts an end to this version: then not even a moment is it shown again."""
        entry = placed.entry
        if entry.is_profile or entry.type not in VERSIONS:
            return False
        later = await self._store.list_object_entries(entry.object)
        return any(one.index > placed.index and one.entry.type in {"Update", "Delete"} for one in later)

    async def _changes(self, placed: PlacedEntry, activity: Activity | None) -> Sequence[PageChange]:
        """What an entry means for pages, as they stand before it."""
        if activity is None:
            raise NotFound(f"The record names {placed.entry.activity}, but its bytes are missing.")
        about = "actor" if placed.entry.is_profile else "note"
        return await _PROJECTIONS[about, placed.entry.type](self, placed, activity)

    def _kind(self, actor: ActorId) -> ActorKind:
        return "union" if actor == self._union_actor else "campaign"

    async def _actor(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        document = embedded_object(read_document(activity.body))
        return [SaveActor(actor=read_actor(document, self._kind(placed.entry.actor)))]

    async def _create(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        return [SavePost(post=read_post(placed, activity) if activity.body else read_purged(placed))]

    async def _update(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        standing = await self._store.find_post(placed.entry.object)
        if standing is None or standing.retracted_at is not None:
            return []
        if activity.body:
            return [SavePost(post=replace(read_post(placed, activity), index=standing.index))]
        purged = replace(read_purged(placed), published_at=standing.published_at, updated_at=placed.entry.published_at)
        return [SavePost(post=replace(purged, index=standing.index))]

    async def _delete(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        standing = await self._store.find_post(placed.entry.object)
        if standing is None:
            return []
        return [SavePost(post=retracted(standing, placed, activity)), RemovePin(object=standing.id)]

    async def _boost(self, placed: PlacedEntry, _activity: Activity) -> Sequence[PageChange]:
        return [AddBoost(boost=read_boost(placed))]

    async def _undo(self, placed: PlacedEntry, _activity: Activity) -> Sequence[PageChange]:
        return [RemoveBoost(activity=ActivityId(placed.entry.object))]

    async def _pin(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        pin, post = find_pin(placed, activity), await self._store.find_post(placed.entry.object)
        return [SavePin(pin=pin)] if pin is not None and post is not None and post.retracted_at is None else []

    async def _unpin(self, placed: PlacedEntry, activity: Activity) -> Sequence[PageChange]:
        return [] if find_pin(placed, activity) is None else [RemovePin(object=placed.entry.object)]


_Projection = Callable[[Projector, PlacedEntry, Activity], Awaitable[Sequence[PageChange]]]
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
