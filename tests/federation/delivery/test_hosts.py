"""The table of hosts in trouble: bounded, and true across processes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.delivery.hosts import HostTable
from storage.ids import Host, Lease
from storage.records import HostHealth
from storage.store import Store
from tests.federation.delivery.stage import NOON, Clock, activity, inboxes, queue

HOST = Host("down.test")


def a_lease() -> Lease:
    return Lease("ours")


async def fail(table: HostTable, times: int, host: Host = HOST) -> list[bool]:
    return [await table.failed(host, not_before=None) for _ in range(times)]


@pytest.fixture
def table(store: Store, clock: Clock) -> HostTable:
    return HostTable(store, now=clock, leases=a_lease)


class NoStore:
    """A store of which nothing may be asked but its troubled hosts."""

    is_shared = False

    async def list_hosts(self, *, limit: int) -> list[HostHealth]:
        return []

    async def save_host(self, health: HostHealth, *, keep: int) -> None:
        return None


async def test_a_rest_begins_with_the_fifth_failure(table: HostTable) -> None:
    assert await fail(table, 5) == [False, False, False, False, True]


async def test_a_resting_host_has_nothing_due(table: HostTable, store: Store, clock: Clock) -> None:
    await queue(store, activity(), inboxes(HOST, 3))
    await fail(table, 5)
    assert NOON + timedelta(minutes=5) == await store.next_delivery_due(busy=())


async def test_one_request_at_a_time_until_a_rested_host_answers(table: HostTable, clock: Clock) -> None:
    await fail(table, 5)
    clock.move(minutes=6)
    assert table.limit(HOST, 4) == 1
    await table.answered(HOST)
    assert table.limit(HOST, 4) == 4


async def test_a_rest_survives_a_restart(table: HostTable, store: Store, clock: Clock) -> None:
    await fail(table, 5)
    another = HostTable(store, now=clock, leases=a_lease)
    await another.refresh()
    assert another.resting_until(HOST) == NOON + timedelta(minutes=5)


async def test_a_host_woken_by_another_process_rests_no_more(table: HostTable, store: Store) -> None:
    await fail(table, 5)
    await store.remove_host(HOST)
    await table.recheck(HOST)
    assert table.resting_until(HOST) is None


async def test_an_answer_makes_what_waits_due_after_a_rest_only(table: HostTable, store: Store) -> None:
    await fail(table, 4)
    assert not await table.answered(HOST)
    await fail(table, 5)
    assert await table.answered(HOST)
    assert None is await store.find_host(HOST)


async def test_a_healthy_host_that_is_heard_costs_the_store_nothing(clock: Clock) -> None:
    table = HostTable(NoStore(), now=clock, leases=a_lease)  # type: ignore[arg-type]  # any other verb would raise
    assert [await table.heard(HOST) for _ in range(3)] == [False] * 3


async def test_a_host_that_is_heard_but_keeps_failing_is_woken_every_five_minutes_at_most(
    table: HostTable, clock: Clock
) -> None:
    woken = 0
    for _ in range(20):
        await fail(table, 5)
        woken += await table.heard(HOST)
        clock.move(minutes=1)
    assert woken == 4


async def test_a_host_that_asked_for_time_is_not_woken_before_it(table: HostTable, clock: Clock) -> None:
    await table.failed(HOST, not_before=NOON + timedelta(hours=1))
    assert not await table.heard(HOST)
    clock.move(hours=1)
    assert await table.heard(HOST)


async def test_a_hundred_thousand_failing_hosts_fill_a_bounded_table(clock: Clock) -> None:
    table = HostTable(NoStore(), now=clock, leases=a_lease)  # type: ignore[arg-type]
    for number in range(100_000):
        await table.failed(Host(f"h{number}.test"), not_before=NOON)
    assert len(table) == 10_000
    assert len(table._not_woken_before) == 10_000


async def test_the_store_keeps_a_bounded_number_of_rows(store: Store, clock: Clock) -> None:
    table = HostTable(store, now=clock, leases=a_lease, keep=10)
    for number in range(50):
        await table.failed(Host(f"h{number}.test"), not_before=None)
    assert 10 == len(table) == len(await store.list_hosts(limit=100))
