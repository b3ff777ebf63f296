"""The worker running: woken, stopped, and with a full disk."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from federation.delivery.slots import Room
from storage.errors import StoreFull
from storage.ids import Host, ObjectId
from storage.store import Store
from tests.federation.delivery.stage import (
    NOON,
    NOTE,
    Clock,
    FakeWire,
    activity,
    inbox,
    inboxes,
    queue,
    soon,
    started,
    states,
    stored,
    worker,
)


async def test_a_running_worker_delivers_what_is_queued_when_it_is_woken(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    busy = worker(store, wire, clock)
    running, stop = await started(busy)
    for place in range(3):
        await queue(store, activity(about=ObjectId(f"{NOTE}{place}")), [inbox("a.test")])
        busy.wake()
        await soon(lambda: len(wire.posts) == place + 1)  # noqa: B023 — awaited within the round
    stop.set()
    await running
    assert await states(store) == {"delivered": 3}


async def test_a_running_worker_notices_what_falls_due(
    store: Store, wire: FakeWire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.delivery.worker.POLL", timedelta(milliseconds=1))
    wire.script = {inbox("a.test"): [503, 202]}
    await queue(store, activity(), [inbox("a.test")])
    running, stop = await started(worker(store, wire, clock))
    await soon(lambda: wire.posts and not wire.under_way.total())
    clock.move(seconds=20)
    await stored(store, delivered=1)
    stop.set()
    await running
    assert await states(store) == {"delivered": 1}


async def test_a_stopping_worker_acknowledges_what_is_done_and_gives_the_rest_back(
    store: Store, wire: FakeWire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.delivery.worker.GRACE", timedelta(0))
    wire.script = {inbox("hangs.test"): [asyncio.Event()]}
    await queue(store, activity(), [inbox("hangs.test"), inbox("a.test")])
    running, stop = await started(worker(store, wire, clock))
    await soon(lambda: len(wire.posts) == 2 and wire.under_way.total() == 1)
    stop.set()
    await running
    rows = {row.host: row for row in await store.list_deliveries(None, None, after=None, limit=9)}
    assert rows[Host("a.test")].state == "delivered"
    given_back = rows[Host("hangs.test")]
    assert (given_back.state, given_back.lease, given_back.due_at) == ("waiting", None, NOON)
    assert given_back.attempts == 0


async def test_a_stopping_worker_gives_back_what_it_never_began(store: Store, wire: FakeWire, clock: Clock) -> None:
    slow = asyncio.Event()
    first, *others = inboxes("slow.test", 4)
    wire.script = {first: [slow]}
    await queue(store, activity(), [first, *others])
    busy = worker(store, wire, clock, per_host=2, room=Room(at_once=1, aside=0))
    running, stop = await started(busy)
    await soon(lambda: wire.posts)
    stop.set()
    await soon(lambda: len(busy._lanes) == 0)
    slow.set()
    await running
    assert wire.reached() == [first]
    rows = await store.list_deliveries(None, None, after=None, limit=9)
    assert {(row.state, row.lease, row.attempts) for row in rows} == {
        ("delivered", None, 1),
        ("waiting", None, 0),
    }


async def test_a_stopping_worker_lets_requests_finish(store: Store, wire: FakeWire, clock: Clock) -> None:
    slow = asyncio.Event()
    wire.script = {inbox("slow.test"): [slow]}
    await queue(store, activity(), [inbox("slow.test")])
    running, stop = await started(worker(store, wire, clock))
    await soon(lambda: wire.posts)
    stop.set()
    await asyncio.sleep(0)
    slow.set()
    await running
    assert await states(store) == {"delivered": 1}


async def test_a_full_disk_halts_deliveries_and_loses_none(
    store: Store, wire: FakeWire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.delivery.worker.POLL", timedelta(0))
    refusals = []

    class Filling:
        full = True

        def __getattr__(self, verb: str) -> Any:
            if verb == "finish_deliveries" and self.full:
                refusals.append(verb)
                raise StoreFull("The disk is full; free some space.")
            return getattr(store, verb)

    disk = Filling()
    await queue(store, activity(), [inbox("a.test")])
    running, stop = await started(worker(disk, wire, clock))
    await soon(lambda: len(refusals) > 2)
    disk.full = False
    await stored(store, delivered=1)
    stop.set()
    await running
    assert len(wire.posts) == 1
