"""The union's record: numbered entries, and the exact bytes of what they commit to.

The `_id` of an entry is its place, so of two processes that append at once one finds the place taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from storage.errors import HeadMoved, StorageError
from storage.ids import ActivityId, ObjectId
from storage.mongo.activities import ACTIVITIES
from storage.mongo.database import LONG, Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Filter, Order
from storage.mongo.noun import Noun
from storage.mongo.page_changes import release, write_changes
from storage.records import Activity, Entry, PageChange, PlacedEntry

_ENTRIES: Final = Documents("entries", Entry, key=("place",))
_CURSORS: Final = "cursors"
_NEWEST_FIRST: Final = (("_id", -1),)
_IN_ORDER: Final = (("_id", 1),)


class MongoLog(Noun):
    """`storage.store.Log`."""

    async def append(self, entry: Entry, activity: Activity, *, expecting: int) -> int:
        return await self.database.transact(lambda within: _append(within, entry, activity, expecting))

    async def size(self) -> int:
        return await self.database.read(_size)

    async def find_entry(self, activity: ActivityId) -> PlacedEntry | None:
        return next(iter(await self._entries({"activity": activity}, limit=1)), None)

    async def list_entries(self, start: int, limit: int) -> list[PlacedEntry]:
        return await self._entries({"_id": {"$gte": start}}, limit=limit)

    async def find_last_entry(self) -> PlacedEntry | None:
        return next(iter(await self._entries({}, sort=_NEWEST_FIRST, limit=1)), None)

    async def list_object_entries(self, object: ObjectId) -> list[PlacedEntry]:
        return await self._entries({"object": object})

    async def get_cursor(self, name: str) -> int:
        return await self.database.read(lambda within: _cursor(within, name))

    async def advance_cursor(self, name: str, *, expecting: int, to: int) -> bool:
        return await self.database.transact(lambda within: move_cursor(within, name, expecting, to))

    async def project(self, name: str, *, expecting: int, changes: Sequence[PageChange]) -> bool:
        given = tuple(changes)
        if await self.get_cursor(name) != expecting:
            return False
        await self.database.write(lambda within: release(within, given), seconds=LONG)
        if not await self.database.transact(lambda within: _project(within, name, expecting, given)):
            return False
        await self.database.write(lambda within: release(within, given), seconds=LONG)  # what was queued meanwhile
        return True

    async def _entries(self, filter: Filter, *, sort: Order = _IN_ORDER, limit: int = 0) -> list[PlacedEntry]:
        found = await self.database.read(lambda within: within[_ENTRIES.name].find(filter, sort=sort, limit=limit))
        return [_placed(document) for document in found]


def _placed(document: Mapping[str, Any]) -> PlacedEntry:
    return PlacedEntry(index=document["_id"], entry=_ENTRIES.record_of(document))


async def _append(within: Scope, entry: Entry, activity: Activity, expecting: int) -> int:
    await _require_same_activity(within, entry, activity)
    size = await _size(within)
    if size != expecting:
        raise HeadMoved(
            f"The record has {size} entries, not {expecting}: something was published meanwhile. Nothing was "
            "kept. Read the head again and repeat."
        )
    if await within[_ENTRIES.name].find_one({"activity": entry.activity}, only=("_id",)) is not None:
        raise HeadMoved(f"{entry.activity} stands in the record already. Nothing was kept. Read the head again.")
    await ACTIVITIES.add(within, activity)
    await within[_ENTRIES.name].insert(_ENTRIES.complete({**_ENTRIES.row(entry), "place": expecting}))
    return expecting + 1


async def _require_same_activity(within: Scope, entry: Entry, activity: Activity) -> None:
    """The bytes kept under the id must be those the entry commits to."""
    if entry.activity != activity.id:
        raise StorageError(
            f"The entry speaks of {entry.activity}, but its bytes are of {activity.id}. Nothing was kept."
        )
    kept = await ACTIVITIES.find(within, {"_id": activity.id})
    if kept is not None and kept.body != activity.body:
        raise StorageError(
            f"Other bytes are kept under {activity.id} already, and signed bytes never change. Nothing was "
            "kept. Publish again under a new id."
        )


async def _size(within: Scope) -> int:
    last = await within[_ENTRIES.name].find_one({}, sort=_NEWEST_FIRST, only=("_id",))
    return 0 if last is None else int(last["_id"]) + 1


async def _cursor(within: Scope, name: str) -> int:
    standing = await within[_CURSORS].find_one({"_id": name})
    return 0 if standing is None else int(standing["place"])


async def move_cursor(within: Scope, name: str, expecting: int, to: int) -> bool:
    """Move a reader on, in a transaction; False when it does not stand at `expecting`."""
    if await within[_CURSORS].update({"_id": name, "place": expecting}, {"$set": {"place": to}}):
        return True
    if expecting != 0 or await within[_CURSORS].find_one({"_id": name}) is not None:
        return False
    await within[_CURSORS].insert({"_id": name, "name": name, "place": to})
    return True


async def _project(within: Scope, name: str, expecting: int, changes: tuple[PageChange, ...]) -> bool:
    """The cursor first: of two processes at the same entry one is run again, and finds it passed."""
    if not await move_cursor(within, name, expecting, expecting + 1):
        return False
    await write_changes(within, changes)
    return True
