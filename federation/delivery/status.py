"""Did it arrive? Deliveries as organisers see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from federation.delivery.circuit import is_resting
from federation.delivery.hosts import KEPT
from storage.ids import ActivityId, Host, InboxUrl, ObjectId
from storage.records import Delivery, DeliveryState
from storage.store import Deliveries, Hosts

LIMIT: Final = 1000


class StatusStore(Deliveries, Hosts, Protocol):
    """What the status is read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """One delivery in words; `next_at` is set while there will be another attempt."""

    activity: ActivityId
    inbox: InboxUrl
    state: DeliveryState | Literal["resting"]
    attempts: int
    next_at: datetime | None
    error: str | None


async def list_status(
    store: StatusStore, about: ActivityId | ObjectId | None, now: datetime, *, limit: int = LIMIT
) -> list[DeliveryStatus]:
    """The newest deliveries first: of an activity, of everything about an object, or of all with None."""
    rests = {
        health.host: health.resting_until
        for health in await store.list_hosts(limit=KEPT)
        if health.resting_until is not None and is_resting(health, now)
    }
    return [_status(delivery, rests) for delivery in await _find(store, about, limit)]


async def _find(store: Deliveries, about: ActivityId | ObjectId | None, limit: int) -> list[Delivery]:
    if about is None:
        return await store.list_deliveries(None, None, after=None, limit=limit)
    found = await store.list_deliveries(ActivityId(about), None, after=None, limit=limit)
    return found or await store.list_deliveries(None, ObjectId(about), after=None, limit=limit)


def _status(delivery: Delivery, rests: dict[Host, datetime]) -> DeliveryStatus:
    waits = delivery.state == "waiting"
    rests_until = rests.get(delivery.host) if waits else None
    return DeliveryStatus(
        activity=delivery.activity,
        inbox=delivery.inbox,
        state="resting" if rests_until else delivery.state,
        attempts=delivery.attempts,
        next_at=max(delivery.due_at, rests_until or delivery.due_at) if waits else None,
        error=delivery.error,
    )
