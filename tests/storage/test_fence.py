"""Deliveries are queued only while the reader of the record stands where the one who queues them believes."""

import asyncio

import pytest

from storage.errors import HeadMoved
from storage.records import Fence
from storage.store import Store
from tests.storage.making import NOON, a_delivery
from tests.storage.queueing import NOTE, add, states

FENCE = Fence(name="deliveries", place=1)


async def test_behind_its_fence_what_is_new_is_queued(store: Store) -> None:
    await store.advance_cursor("deliveries", expecting=0, to=1)
    assert await store.add_deliveries([a_delivery()], now=NOON, fence=FENCE) == 1
    assert await store.add_deliveries([a_delivery()], now=NOON, fence=FENCE) == 0


async def test_a_reader_that_never_moved_stands_at_nothing(store: Store) -> None:
    assert await store.add_deliveries([a_delivery()], now=NOON, fence=Fence(name="deliveries", place=0)) == 1


@pytest.mark.parametrize("stands_at", [0, 2])
async def test_a_reader_that_stands_elsewhere_lets_nothing_through(store: Store, stands_at: int) -> None:
    await store.advance_cursor("deliveries", expecting=0, to=stands_at)
    await store.advance_cursor("pages", expecting=0, to=1)
    with pytest.raises(HeadMoved, match="another process has moved it"):
        await store.add_deliveries([a_delivery()], now=NOON, fence=FENCE)
    assert await states(store) == {}


async def test_a_delete_that_comes_too_late_cancels_nothing(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE))
    with pytest.raises(HeadMoved):
        await store.add_deliveries([a_delivery(2, object=NOTE, type="Delete")], now=NOON, fence=FENCE)
    assert await states(store) == {"1": "waiting"}


async def test_whoever_queues_while_the_reader_moves_does_it_before_or_not_at_all(store: Store) -> None:
    fence = Fence(name="deliveries", place=0)
    queueing = [store.add_deliveries([a_delivery(number)], now=NOON, fence=fence) for number in range(1, 5)]
    *outcomes, moved = await asyncio.gather(
        *queueing, store.advance_cursor("deliveries", expecting=0, to=1), return_exceptions=True
    )
    assert moved is True
    assert len(await states(store)) == outcomes.count(1)
    assert all(outcome == 1 or isinstance(outcome, HeadMoved) for outcome in outcomes)
