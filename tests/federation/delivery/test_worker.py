"""The worker: who gets what, in which order, and who holds up whom."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from federation.delivery.recipients import deliveries_for
from federation.delivery.slots import Room
from federation.delivery.worker import PER_TURN
from federation.httpsig.digest import digest_header
from storage.ids import Host, ObjectId
from storage.store import Store
from tests.federation.delivery.stage import (
    NOON,
    OWN_HOST,
    SILENCE,
    Clock,
    FakeWire,
    Reply,
    activity,
    inbox,
    inboxes,
    queue,
    rsa_key,
    soon,
    states,
    stored,
    worker,
)


async def test_a_post_reaches_every_inbox_once(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = [inbox(f"h{number}.test") for number in range(150)]
    await queue(store, activity(), to)
    assert await worker(store, wire, clock).run_once() == 150
    assert sorted(wire.reached()) == sorted(to)
    assert await states(store) == {"delivered": 150}


async def test_the_request_is_signed_by_the_actor_over_the_exact_bytes(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    await queue(store, activity(), [inbox("a.test", "users/kim/inbox")])
    await worker(store, wire, clock).run_once()
    (headers,), ((_, body),) = wire.headers, wire.posts
    assert body == activity().body
    assert headers["Digest"] == digest_header(body)
    assert headers["Content-Type"] == "application/activity+json"
    assert f'keyId="{activity().actor}#main-key"' in headers["Signature"]
    signed = (
        f"(request-target): post /users/kim/inbox\nhost: a.test\ndate: {headers['Date']}\n"
        f"digest: {headers['Digest']}\ncontent-type: application/activity+json"
    )
    rsa_key().public_key().verify(_signature(headers["Signature"]), signed.encode(), PKCS1v15(), SHA256())


def _signature(header: str) -> bytes:
    return b64decode(header.split('signature="')[1].rstrip('"'))


async def test_nothing_due_is_nothing_done(store: Store, wire: FakeWire, clock: Clock) -> None:
    assert await worker(store, wire, clock).run_once() == 0


async def test_between_a_few_requests_everybody_else_has_a_turn(store: Store, wire: FakeWire, clock: Clock) -> None:
    counted: list[int] = []

    async def somebody_else() -> None:
        while True:
            counted.append(len(wire.posts))
            await asyncio.sleep(0)

    under_test = worker(store, wire, clock, per_host=64)
    first, *others = inboxes("a.test", 100)
    await queue(store, activity(), [first])
    assert await under_test.run_once() == 1  # how its host wants requests signed is known from now on
    await queue(store, activity(), others)
    waiting = asyncio.create_task(somebody_else())
    assert await under_test.run_once() == 99
    waiting.cancel()
    between = max(later - earlier for earlier, later in pairwise(counted))
    assert 0 < between <= 2 * PER_TURN  # the end of one turn and the beginning of the next


async def test_dead_hanging_and_slow_inboxes_hold_up_nobody(store: Store, wire: FakeWire, clock: Clock) -> None:
    dead, hanging, slow, *well = [inbox(f"h{number}.test") for number in range(50)]
    never, later = asyncio.Event(), asyncio.Event()
    wire.script = {dead: [SILENCE], hanging: [never], slow: [later]}
    await queue(store, activity(), [dead, hanging, slow, *well])
    under_test = asyncio.create_task(worker(store, wire, clock).run_once())
    await stored(store, delivered=47, waiting=3)
    assert set(wire.reached()) == {dead, hanging, slow, *well}
    later.set()
    await stored(store, delivered=48, waiting=2)
    never.set()
    assert await under_test == 50
    assert await states(store) == {"delivered": 49, "waiting": 1}


async def test_more_hanging_hosts_than_places_hold_up_nobody(store: Store, wire: FakeWire, clock: Clock) -> None:
    hanging = [inbox(f"hangs{number}.test") for number in range(40)]
    well = [inbox(f"well{number}.test") for number in range(60)]
    never = asyncio.Event()
    wire.script = {url: [never] for url in hanging}
    await queue(store, activity(), hanging + well)
    eager = worker(store, wire, clock, room=Room(at_once=2, patience=timedelta(0)))
    under_test = asyncio.create_task(eager.run_once())
    await soon(lambda: set(well) <= set(wire.reached()))
    never.set()
    assert await under_test == 100


async def test_a_hanging_inbox_does_not_hold_up_its_own_host(store: Store, wire: FakeWire, clock: Clock) -> None:
    hanging, *well = inboxes("a.test", 30)
    never = asyncio.Event()
    wire.script = {hanging: [never]}
    await queue(store, activity(), [hanging, *well])
    under_test = asyncio.create_task(worker(store, wire, clock).run_once())
    await soon(lambda: set(well) <= set(wire.reached()))
    never.set()
    assert await under_test == 30


async def test_a_full_host_is_claimed_again_before_results_are_written(
    store: Store, wire: FakeWire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.delivery.acks.DELAY", timedelta(days=1))
    never = asyncio.Event()
    wire.script = {inbox("hangs.test"): [never]}
    await queue(store, activity(), [inbox("hangs.test"), *inboxes("a.test", 60)])
    under_test = asyncio.create_task(worker(store, wire, clock, per_host=2).run_once())
    await soon(lambda: len(wire.posts) == 61)
    never.set()
    assert await under_test == 61


async def test_requests_that_hang_are_bounded(store: Store, wire: FakeWire, clock: Clock) -> None:
    hanging = [inbox(f"hangs{number}.test") for number in range(40)]
    never = asyncio.Event()
    wire.script = {url: [never] for url in hanging}
    await queue(store, activity(), hanging)
    bounded = worker(store, wire, clock, room=Room(at_once=2, aside=3, patience=timedelta(0)))
    under_test = asyncio.create_task(bounded.run_once())
    await soon(lambda: wire.under_way.total() == 5)
    for _ in range(500):
        await asyncio.sleep(0)
    assert wire.under_way.total() == 5
    never.set()
    assert await under_test == 40


@pytest.mark.parametrize("per_host", [1, 4])
async def test_a_host_never_gets_more_than_its_share_at_once(
    store: Store, wire: FakeWire, clock: Clock, per_host: int
) -> None:
    to, answered = [*inboxes("a.test", 60), *inboxes("b.test", 60)], asyncio.Event()
    wire.script = {url: [answered] for url in to}
    await queue(store, activity(), to)
    under_test = asyncio.create_task(worker(store, wire, clock, per_host=per_host).run_once())
    full = {Host("a.test"): per_host, Host("b.test"): per_host}
    await soon(lambda: wire.under_way == full)
    answered.set()
    assert await under_test == 120
    assert wire.most_under_way == full


async def test_create_update_and_delete_arrive_in_order(store: Store, wire: FakeWire, clock: Clock) -> None:
    await queue(store, activity("Create"), [inbox("a.test")])
    await queue(store, activity("Update"), [inbox("a.test")])
    wire.script = {inbox("a.test"): [503, 202]}
    busy = worker(store, wire, clock)
    assert await busy.run_once() == 1
    clock.move(seconds=15)
    assert await busy.run_once() == 2
    await queue(store, activity("Delete"), [inbox("a.test")], clock())
    assert await busy.run_once() == 1
    order = ["Create", "Create", "Update", "Delete"]
    assert [body for _, body in wire.posts] == [activity(kind).body for kind in order]


async def test_an_update_of_another_object_does_not_wait(store: Store, wire: FakeWire, clock: Clock) -> None:
    other = ObjectId("https://union.example/notes/2")
    wire.script = {inbox("a.test"): [503, 202]}
    await queue(store, activity("Create"), [inbox("a.test")])
    await queue(store, activity("Update", about=other), [inbox("a.test")])
    await worker(store, wire, clock).run_once()
    assert await states(store) == {"waiting": 1, "delivered": 1}


async def test_a_delete_cancels_what_waits_before_it(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("a.test"): [503, 202]}
    await queue(store, activity("Create"), [inbox("a.test")])
    busy = worker(store, wire, clock)
    await busy.run_once()
    await queue(store, activity("Delete"), [inbox("a.test")])
    await busy.run_once()
    clock.move(days=1)
    assert await busy.run_once() == 0
    assert await states(store) == {"cancelled": 1, "delivered": 1}


async def test_a_delete_queued_during_a_failing_attempt_cancels_it(store: Store, wire: FakeWire, clock: Clock) -> None:
    class SlowFailure(FakeWire):
        async def post(self, *request: Any) -> Reply:
            if not self.posts:
                await queue(store, activity("Delete"), [inbox("a.test")])
            return await super().post(*request)

    slow = SlowFailure(script={inbox("a.test"): [503, 202]})
    await queue(store, activity("Create"), [inbox("a.test")])
    await worker(store, slow, clock).run_once()
    assert await states(store) == {"cancelled": 1, "delivered": 1}
    assert [body for _, body in slow.posts] == [activity("Create").body, activity("Delete").body]


async def test_nothing_is_ever_posted_to_our_own_host(store: Store, wire: FakeWire, clock: Clock) -> None:
    await queue(store, activity(), [inbox(OWN_HOST), inbox("a.test")])
    assert await worker(store, wire, clock).run_once() == 1
    assert wire.reached() == [inbox("a.test")]
    assert await states(store) == {"dead": 1, "delivered": 1}


async def test_an_activity_without_bytes_is_a_dead_letter(store: Store, wire: FakeWire, clock: Clock) -> None:
    lost = deliveries_for(activity(), [inbox("a.test")], own_hosts=(), due_at=NOON)
    await store.add_deliveries(lost, now=NOON)
    assert await worker(store, wire, clock).run_once() == 0
    assert await states(store) == {"dead": 1}


async def test_each_activity_is_read_from_the_store_once(store: Store, wire: FakeWire, clock: Clock) -> None:
    reads = []

    class Counting:
        def __getattr__(self, verb: str) -> Any:
            if verb == "find_activity":
                reads.append(verb)
            return getattr(store, verb)

    await queue(store, activity(), inboxes("a.test", 250))
    assert await worker(Counting(), wire, clock).run_once() == 250
    assert len(reads) == 1
