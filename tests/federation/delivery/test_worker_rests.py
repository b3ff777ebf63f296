"""The worker: hosts that rest, are probed, and are woken."""

from __future__ import annotations

from datetime import timedelta

from storage.ids import Host, ObjectId
from storage.store import Store
from tests.federation.delivery.stage import (
    NOON,
    SILENCE,
    Clock,
    FakeWire,
    activity,
    inbox,
    inboxes,
    queue,
    states,
    worker,
)


async def test_a_failing_host_rests_after_five_requests_and_is_probed_once_after_each_rest(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inboxes("down.test", 100)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, per_host=1)
    requests = []
    for minutes in (0, 4, 1, 9, 1, 19, 1, 39, 1):
        clock.move(minutes=minutes)
        requests.append(await busy.run_once())
    assert requests == [5, 0, 1, 0, 1, 0, 1, 0, 1]


async def test_requests_under_way_when_a_rest_begins_are_all_there_are(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inboxes("down.test", 100)
    wire.script = {url: [503] for url in to}
    await queue(store, activity(), to)
    assert 5 <= await worker(store, wire, clock, per_host=4).run_once() <= 8


async def test_a_probe_that_succeeds_brings_everything_that_waited(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("down.test", 50)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock)
    await busy.run_once()
    wire.script, wire.posts = {}, []
    clock.move(minutes=5)
    assert await busy.run_once() == 50
    assert await states(store) == {"delivered": 50}
    assert await store.list_hosts(limit=9) == []


async def test_a_404_proves_that_the_host_lives(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("a.test", 30)
    wire.script = {url: [404] for url in to}
    await queue(store, activity(), to)
    assert await worker(store, wire, clock).run_once() == 30
    assert await store.list_hosts(limit=9) == []


async def test_new_posts_do_not_disturb_a_rest(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("down.test", 10)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, per_host=1)
    await busy.run_once()
    await queue(store, activity(about=ObjectId("https://union.example/notes/2")), to)
    assert await busy.run_once() == 0
    assert await store.next_delivery_due(busy=()) == NOON + timedelta(minutes=5)


async def test_a_rest_holds_after_a_restart(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("down.test", 10)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    await worker(store, wire, clock, per_host=1).run_once()
    again = worker(store, wire, clock)
    await queue(store, activity("Update"), to)
    assert await again.run_once() == 0
    clock.move(minutes=5)
    assert await again.run_once() == 1


async def test_a_signed_contact_wakes_a_resting_host(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("down.test", 20)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock)
    await busy.run_once()
    wire.script = {}
    await busy.host_was_heard(Host("down.test"))
    assert await busy.run_once() == 20


async def test_a_contact_that_another_process_heard_wakes_the_host_too(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inboxes("down.test", 20)
    wire.script = {url: [SILENCE] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock)
    await busy.run_once()
    wire.script = {}
    await worker(store, wire, clock).host_was_heard(Host("down.test"))
    assert await busy.run_once() == 20


async def test_a_signed_contact_hastens_a_single_delivery_that_waits_for_hours(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    wire.script = {inbox("down.test"): [SILENCE]}
    await queue(store, activity(), [inbox("down.test")])
    busy = worker(store, wire, clock)
    for _ in range(12):
        await busy.run_once()
        clock.move(hours=1)
    assert await busy.run_once() == 0
    wire.script = {}
    await busy.host_was_heard(Host("down.test"))
    assert await busy.run_once() == 1
    assert await states(store) == {"delivered": 1}


async def test_the_table_of_failing_hosts_stays_bounded(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = [inbox(f"h{number}.test") for number in range(60)]
    wire.script = {url: [503] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, keep_hosts=10)
    await busy.run_once()
    assert len(await store.list_hosts(limit=100)) == len(busy.hosts) == 10
