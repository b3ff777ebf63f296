"""The press officer's question: did it arrive, where not, and why."""

from __future__ import annotations

from typing import Final

from federation.delivery.status import DeliveryStatus, list_status
from federation.locations import serial_of
from node.actions.find import read_serial
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActivityId, ObjectId

_MOST: Final = 1_000_000


async def list_deliveries(named: str | None, node: Node) -> list[DeliveryStatus]:
    """Deliveries of an activity or of everything about an update, or all of them; newest first."""
    about = None if named is None else await _read(named.strip(), node)
    return await list_status(node.store, about, node.now(), limit=_MOST)


async def _read(named: str, node: Node) -> ActivityId | ObjectId:
    """An update by its id, page or number, retracted or not; or an activity by its id or number."""
    serial = read_serial(named, node)
    if serial is not None and await node.store.find_post(node.locations.post(serial)) is not None:
        return node.locations.post(serial)
    is_activity = serial is not None or named.startswith(f"{node.config.url}/activities/")
    activity = node.locations.activity(serial or serial_of(named))
    if not is_activity or await node.store.find_activity(activity) is None:
        raise Refusal(f"There is no update or activity “{named}” here. Give its id, its page address or its number.")
    return activity
