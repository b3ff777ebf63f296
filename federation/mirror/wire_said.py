"""What the wire said, by its number, for servers that ask for it by its id: as long as it still holds."""

from __future__ import annotations

from federation.locations import Locations
from federation.mirror.held import list_held
from federation.mirror.notes import object_bytes
from federation.mirror.wire_copies import CopyStore, find_copy
from federation.mirror.wire_words import WIRE_HANDLE, activity_id, read_original, wire_serial
from federation.strictjson import load_object
from storage.ids import ObjectId
from storage.records import Activity

_SAYS_NO_MORE = frozenset({"Delete", "Undo"})
"""What only takes something back, so that nothing takes it back in turn."""


async def find_said(store: CopyStore, locations: Locations, serial: str) -> bytes | None:
    """The exact bytes of an activity of the wire's; None for none, and for what was superseded or taken back."""
    said = await store.find_activity(locations.activity(serial))
    if said is None or said.actor != locations.actor(WIRE_HANDLE):
        return None
    if said.type in _SAYS_NO_MORE:
        return said.body
    still_holds = await (_is_boosted if said.type == "Announce" else _is_newest)(store, locations, said)
    return said.body if still_holds else None


async def _is_boosted(store: CopyStore, locations: Locations, said: Activity) -> bool:
    original = ObjectId(str(load_object(said.body)["object"]))
    if await store.find_activity(activity_id("unboost", original, locations)) is not None:
        return False
    for held in await list_held(store):
        if await store.find_standing(held.log.name, original) is not None:
            return all(one.object != original for one in await store.list_withheld(held.did))
    return False


async def _is_newest(store: CopyStore, locations: Locations, said: Activity) -> bool:
    """Whether it carries the note as it stands now."""
    original = read_original(load_object(object_bytes(said.body)))
    copy = None if original is None else await find_copy(store, locations, wire_serial("copy", original))
    return copy is not None and copy.body == object_bytes(said.body)
