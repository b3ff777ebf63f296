"""The press officer's question: did it arrive, where not, and why."""

from __future__ import annotations

from typing import Final

from federation.delivery.status import DeliveryStatus, list_status
from federation.identity.locations import is_serial, serial_of
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActivityId, ObjectId

_MOST: Final = 10_000


async def list_deliveries(named: str | None, node: Node) -> list[DeliveryStatus]:
    """Deliveries of an activity or of everything about an update, or all of them; newest first."""
    about = None if named is None else await _read(named.strip(), node)
    return await list_status(node.store, about, node.now(), limit=_MOST)


async def _read(named: str, node: Node) -> ActivityId | ObjectId:
    path = named.removeprefix(node.locations.base)
    serial = serial_of(path)
    if not is_serial(serial):
        raise Refusal(f"There is no update or activity “{named}” here. Give its id, its page address or its number.")
    post = node.locations.post(serial)
    if path.startswith("/activities/") or await node.store.find_post(post) is None:
        return node.locations.activity(serial)
    return post
