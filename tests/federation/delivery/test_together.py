"""Two processes deliver from one store: what one finds out about a host counts for both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from federation.delivery.hosts import HostTable
from federation.delivery.probing import ASK_AGAIN, LASTS, job_of
from federation.delivery.worker import DeliveryWorker
from storage.ids import Host, Lease
from tests.federation.delivery.stage import (
    NOON,
    SILENCE,
    Clock,
    FakeWire,
    activity,
    inboxes,
    queue,
    soon,
    started,
    states,
    worker,
)
from tests.twins import Both

HOST = Host("down.test")
MANY = 34


def a_table(store: Any, clock: Clock) -> HostTable:
    numbers = count(1)
    return HostTable(store, now=clock, leases=lambda: Lease(f"{id(numbers)}-{next(numbers)}"))


@pytest.fixture
def tables(both: Both, clock: Clock) -> tuple[HostTable, HostTable]:
    return a_table(both[0], clock), a_table(both[1], clock)


@pytest.fixture
def workers(both: Both, wire: FakeWire, clock: Clock) -> tuple[DeliveryWorker, DeliveryWorker]:
    """Both on one wire, so that it sees how many are under way to a host."""
    return worker(both[0], wire, clock), worker(both[1], wire, clock)


async def fail(table: HostTable, times: int) -> None:
    for _ in range(times):
        await table.failed(HOST, not_before=None)


async def both_learn(*workers: DeliveryWorker) -> None:
    for each in workers:
        assert await each.hosts.reload()


async def resting(both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire) -> None:
    """Much waits for a silent host, which one of them has put to rest, as the other knows."""
    wire.script = {url: [SILENCE] for url in inboxes(HOST, MANY)}
    await queue(both[0], activity(), inboxes(HOST, MANY))
    await workers[0].run_once()
    await both_learn(*workers)
    wire.posts.clear()
    wire.most_under_way.clear()


async def test_a_host_that_rests_for_one_rests_for_the_other(tables: tuple[HostTable, HostTable]) -> None:
    one, other = tables
    await fail(one, 5)
    assert (one.is_changed, other.is_changed) == (True, False)
    assert other.resting_until(HOST) is None
    assert await other.reload()
    assert other.resting_until(HOST) == NOON + timedelta(minutes=5)


async def test_a_rest_ended_by_one_is_ended_for_the_other(tables: tuple[HostTable, HostTable]) -> None:
    one, other = tables
    await fail(one, 5)
    await other.reload()
    one.is_changed = False
    assert await other.answered(HOST)
    assert other.is_changed
    await one.reload()
    assert (one.resting_until(HOST), len(one)) == (None, 0)


async def test_failures_count_together(tables: tuple[HostTable, HostTable]) -> None:
    one, other = tables
    await fail(one, 3)
    await fail(other, 2)
    assert other.resting_until(HOST) == NOON + timedelta(minutes=5)


async def test_a_late_failure_does_not_write_over_a_rest_that_another_began(
    tables: tuple[HostTable, HostTable], both: Both
) -> None:
    one, other = tables
    await fail(other, 1)
    await fail(one, 4)
    await fail(other, 1)
    assert other.resting_until(HOST) == NOON + timedelta(minutes=5)
    row = await both[0].find_host(HOST)
    assert (row.rests, row.resting_until) == (1, NOON + timedelta(minutes=5))


async def test_a_contact_does_not_wake_a_host_that_asked_another_process_for_time(
    tables: tuple[HostTable, HostTable], clock: Clock
) -> None:
    one, other = tables
    for _ in range(5):
        await one.failed(HOST, not_before=NOON + timedelta(minutes=50))
    await other.reload()
    assert not await other.heard(HOST)
    clock.move(minutes=50)
    assert await other.heard(HOST)


async def test_a_contact_wakes_a_host_that_another_process_put_to_rest(tables: tuple[HostTable, HostTable]) -> None:
    one, other = tables
    await fail(one, 5)
    await other.reload()
    assert await other.heard(HOST)
    await one.reload()
    assert one.resting_until(HOST) is None


class Slow:
    """A store whose next list is handed over only when told."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.has_read, self.goes_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def list_hosts(self, *, limit: int) -> Any:
        rows = await self._store.list_hosts(limit=limit)
        self.has_read.set()
        await self.goes_on.wait()
        return rows


async def test_what_is_found_out_during_a_look_is_not_forgotten(both: Both, clock: Clock) -> None:
    slow = Slow(both[0])
    table = a_table(slow, clock)
    look = asyncio.create_task(table.reload())
    await slow.has_read.wait()
    await fail(table, 5)
    slow.goes_on.set()
    assert not await look
    assert table.resting_until(HOST) is not None
    assert await table.reload()
    assert table.resting_until(HOST) is not None


class Shuffling:
    """A store that writes later what it was asked first, as several connections may."""

    def __init__(self, store: Any, most: int) -> None:
        self._store, self._left = store, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save_host(self, health: Any, *, keep: int) -> None:
        self._left -= 1
        for _ in range(self._left):
            await self._store.find_host(HOST)
        await self._store.save_host(health, keep=keep)


async def test_failures_at_once_all_count_and_the_last_word_is_the_last_written(both: Both, clock: Clock) -> None:
    table = a_table(Shuffling(both[0], 8), clock)
    begun = await asyncio.gather(*[table.failed(HOST, not_before=None) for _ in range(8)])
    assert begun.count(True) == 1
    assert table.resting_until(HOST) == NOON + timedelta(minutes=5)
    row = await both[0].find_host(HOST)
    assert (row.failures, row.resting_until) == (5, NOON + timedelta(minutes=5))


async def test_who_learns_of_a_rest_sends_nothing_more(
    both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, clock: Clock
) -> None:
    await resting(both, workers, wire)
    clock.move(minutes=1)
    await queue(both[0], activity("Update"), inboxes(HOST, MANY), clock())
    assert [await each.run_once() for each in workers] == [0, 0]
    assert wire.posts == []


async def test_lending_alone_would_let_both_probe(
    both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, clock: Clock
) -> None:
    """Why a probe is a job of its own: both are lent deliveries of the host."""
    await resting(both, workers, wire)
    clock.move(minutes=5)
    lent = [
        await store.claim_deliveries(
            now=clock(), until=clock() + LASTS, lease=Lease(name), limit=100, per_host=16, busy=()
        )
        for store, name in zip(both, ("one", "other"), strict=True)
    ]
    assert [len(each) for each in lent] == [16, 16]


async def probing(
    workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, answer: asyncio.Event
) -> Callable[[], Awaitable[None]]:
    """Both at work, one of them waiting for the answer to its probe; what ends them."""
    wire.script = {url: [answer] for url in inboxes(HOST, MANY)}
    running = [await started(each) for each in workers]
    await soon(lambda: wire.posts)

    async def end() -> None:
        for task, stop in running:
            stop.set()
            await task

    return end


async def test_a_rested_host_is_probed_by_one_process_with_one_request(
    both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, clock: Clock
) -> None:
    await resting(both, workers, wire)
    clock.move(minutes=5)
    answer = asyncio.Event()
    end = await probing(workers, wire, answer)
    for _ in range(20):
        for each in workers:
            each.wake()
        await both[0].count_deliveries()
    assert (len(wire.posts), wire.most_under_way[HOST]) == (1, 1)
    answer.set()
    await soon(lambda: len(wire.posts) > 1)
    await end()


async def test_a_probe_that_fails_is_one_request_of_all_processes(
    both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, clock: Clock
) -> None:
    await resting(both, workers, wire)
    requests = []
    for minutes in (5, 10, 20):
        clock.move(minutes=minutes)
        requests.append(sum(await asyncio.gather(*[each.run_once() for each in workers])))
        clock.move(seconds=ASK_AGAIN.total_seconds())
        requests.append(sum(await asyncio.gather(*[each.run_once() for each in workers])))
        await both_learn(*workers)
    assert requests == [1, 0, 1, 0, 1, 0]


async def test_a_success_of_one_brings_what_waits_by_both(
    both: Both, workers: tuple[DeliveryWorker, DeliveryWorker], wire: FakeWire, clock: Clock
) -> None:
    await resting(both, workers, wire)
    wire.script = {}
    clock.move(minutes=5)
    one, other = workers
    assert await other.run_once() > 0
    await both_learn(one, other)
    assert one.hosts.resting_until(HOST) is None
    clock.move(seconds=ASK_AGAIN.total_seconds())
    await one.run_once()
    await other.run_once()
    assert await states(both[0]) == {"delivered": MANY}


async def test_when_who_probes_dies_another_does_after_its_lease(
    tables: tuple[HostTable, HostTable], clock: Clock
) -> None:
    one, other = tables
    await fail(one, 5)
    await other.reload()
    clock.move(minutes=5)
    await one.recheck(HOST)
    await other.recheck(HOST)
    assert (one.resting_until(HOST), other.resting_until(HOST)) == (None, clock() + ASK_AGAIN)
    clock.move(seconds=LASTS.total_seconds())
    await other.recheck(HOST)
    assert other.resting_until(HOST) is None
    assert one.resting_until(HOST) == clock() + ASK_AGAIN


@pytest.mark.parametrize("answers", [True, False])
async def test_a_probe_that_is_over_is_free_for_others(
    tables: tuple[HostTable, HostTable], both: Both, clock: Clock, answers: bool
) -> None:
    one, _ = tables
    await fail(one, 5)
    clock.move(minutes=5)
    await one.recheck(HOST)
    free = partial(both[1].claim_job, job_of(HOST), Lease("another's"), now=clock(), until=clock() + LASTS)
    assert not await free()
    await (one.answered(HOST) if answers else fail(one, 1))
    assert await free()


async def test_jobs_of_probes_are_as_few_as_there_are_names(both: Both, clock: Clock) -> None:
    claimed: set[str] = set()

    class Jobs:
        is_shared = True

        def __getattr__(self, name: str) -> Any:
            return getattr(both[0], name)

        async def claim_job(self, name: str, lease: Lease, **_: Any) -> bool:
            claimed.add(name)
            return True

    table = a_table(Jobs(), clock)
    for number in range(3000):
        await table._probing.ask(Host(f"h{number}.test"))  # type: ignore[union-attr]
    assert 900 < len(claimed) <= 1024
    assert not any("test" in name for name in claimed)


async def test_a_process_that_has_its_store_alone_claims_no_job_for_a_probe(
    clock: Clock, store: Any, wire: FakeWire
) -> None:
    alone = worker(store, wire, clock)
    await fail(alone.hosts, 5)
    clock.move(minutes=5)
    await alone.hosts.recheck(HOST)
    assert alone.hosts.resting_until(HOST) is None
    assert await store.claim_job("probe 1", Lease("any"), now=clock(), until=clock())
