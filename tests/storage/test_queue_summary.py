from datetime import timedelta

from storage.records import QueueSummary
from storage.store import Store
from tests.storage.making import NOON, a_delivery, a_host, a_result, after
from tests.storage.queueing import add, claim


async def summary(store: Store, *, made_since: timedelta = timedelta(days=-1)) -> QueueSummary:
    return await store.summarise_queue(now=NOON, made_since=NOON + made_since)


async def test_an_empty_queue_has_nothing_in_it(store: Store) -> None:
    assert await summary(store) == QueueSummary(waiting=0, resting=0, resting_hosts=0, oldest_made_at=None, dead=0)


async def test_what_waits_is_counted_and_what_waits_for_a_resting_host_apart(store: Store) -> None:
    await store.save_host(a_host("rests.example"), keep=9)
    await store.save_host(a_host("rested.example", resting_until=NOON), keep=9)
    await store.save_host(a_host("fails.example", resting_until=None), keep=9)
    await add(store, a_delivery(1, "rests.example"), a_delivery(2, "rests.example"), minutes=-5)
    await add(store, a_delivery(3, "rested.example"), a_delivery(4, "fails.example"), minutes=-9)
    assert await summary(store) == QueueSummary(
        waiting=4, resting=2, resting_hosts=1, oldest_made_at=after(minutes=-9), dead=0
    )


async def test_the_dead_are_counted_that_were_made_lately(store: Store) -> None:
    await add(store, a_delivery(1), minutes=-90)
    await add(store, a_delivery(2), minutes=-5)
    await store.finish_deliveries([a_result(one, state="dead") for one in await claim(store)])
    assert (await summary(store)).dead == 2
    assert (await summary(store, made_since=timedelta(hours=-1))).dead == 1
    assert (await summary(store)).waiting == 0
