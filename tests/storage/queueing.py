"""Steps that the tests of the queue outwards share."""

from storage.ids import Host, Lease, ObjectId
from storage.records import Delivery, NewDelivery
from storage.store import Store
from tests.storage.making import (
    LEASE,
    after,
)

NOTE = ObjectId("https://union.example/objects/note")
PEER = Host("peer.example")


async def add(store: Store, *deliveries: NewDelivery, minutes: float = 0) -> int:
    return await store.add_deliveries(deliveries, now=after(minutes=minutes))


async def claim(
    store: Store,
    *,
    minutes: float = 0,
    lease: Lease = LEASE,
    limit: int = 99,
    per_host: int = 99,
    busy: tuple[str, ...] = (),
) -> list[Delivery]:
    """A claim so many minutes after noon, lent for five."""
    return await store.claim_deliveries(
        now=after(minutes=minutes),
        until=after(minutes=minutes + 5),
        lease=lease,
        limit=limit,
        per_host=per_host,
        busy=[Host(host) for host in busy],
    )


def numbers(deliveries: list[Delivery]) -> list[str]:
    return [delivery.activity[-1] for delivery in deliveries]


async def states(store: Store) -> dict[str, str]:
    listed = await store.list_deliveries(None, None, after=None, limit=99)
    return {delivery.activity[-1]: delivery.state for delivery in reversed(listed)}
