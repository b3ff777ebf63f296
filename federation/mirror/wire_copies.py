"""A copy that the wire made, by its number: what it says now, if its original still stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from federation.locations import Locations
from federation.mirror.held import Shelves, list_held
from federation.mirror.notes import object_bytes
from federation.mirror.wire_words import WIRE_HANDLE, activity_id, read_original
from federation.strictjson import load_object
from storage.ids import ObjectId
from storage.records import Activity
from storage.store import Activities


class CopyStore(Shelves, Activities, Protocol):
    """What copies are looked up in."""


@dataclass(frozen=True, slots=True)
class WireCopy:
    """Where readers find it, and its exact bytes; None when its original is shown here no more."""

    page: str
    body: bytes | None


async def find_copy(store: CopyStore, locations: Locations, serial: str) -> WireCopy | None:
    """The wire's note of this number; None when it never made one."""
    made = await store.find_activity(locations.activity(serial))
    if made is None or made.actor != locations.actor(WIRE_HANDLE) or made.type != "Create":
        return None
    note = load_object(object_bytes(made.body))
    original, page = read_original(note), str(note.get("url"))
    if original is None:
        return None
    newest = await _newest(store, locations, made, original)
    return WireCopy(page, None if newest is None else object_bytes(newest.body))


async def _newest(store: CopyStore, locations: Locations, made: Activity, original: ObjectId) -> Activity | None:
    if await store.find_activity(activity_id("end", original, locations)) is not None:
        return None
    for held in await list_held(store):
        leaf = await store.find_standing(held.log.name, original)
        if leaf is not None:
            if any(one.object == original for one in await store.list_withheld(held.did)):
                return None
            return await store.find_activity(activity_id("change", original, locations, leaf.place)) or made
    return None
