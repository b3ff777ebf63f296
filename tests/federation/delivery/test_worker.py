"""The worker: who gets what, when, how often, in which order, and what remains after a failure."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from federation.delivery.attempt import SigningKey
from federation.delivery.recipients import deliveries_for
from federation.delivery.worker import DeliveryWorker
from federation.errors import ForbiddenAddress, NoAnswer
from federation.httpsig.digest import digest_header
from storage.errors import StoreFull
from storage.ids import ActorId, Host, ObjectId
from storage.store import Store
from tests.federation.delivery.stage import (
    NOON,
    NOTE,
    OWN_HOST,
    Clock,
    FakeWire,
    Reply,
    activity,
    inbox,
    inboxes,
    queue,
    rsa_key,
    states,
    worker,
)

SILENCE = NoAnswer("down.test accepts no connection.")


async def soon(happened: Callable[[], object]) -> None:
    """Let the loop run until `happened()` is true; a test that waits in vain fails by its timeout."""
    while not happened():  # noqa: ASYNC110 — what is waited for has no event
        await asyncio.sleep(0)


async def stored(store: Store, **expected: int) -> None:
    """Let the loop run until the deliveries stand like this."""
    while await states(store) != expected:  # noqa: ASYNC110 — the store has no event
        await asyncio.sleep(0)


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
    eager = worker(store, wire, clock, in_flight=2, patience=timedelta(0))
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
    bounded = worker(store, wire, clock, in_flight=2, aside=3, patience=timedelta(0))
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
    await queue(store, activity(), [*inboxes("a.test", 60), *inboxes("b.test", 60)])
    assert await worker(store, wire, clock, per_host=per_host).run_once() == 120
    assert wire.most_under_way == {Host("a.test"): per_host, Host("b.test"): per_host}


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


async def test_a_failed_delivery_is_tried_again_when_it_is_due(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("a.test"): [503]}
    await queue(store, activity(), [inbox("a.test")])
    busy = worker(store, wire, clock)
    made = []
    for seconds in (0, 14, 1, 59, 1, 299, 1):
        clock.move(seconds=seconds)
        made.append(await busy.run_once())
    assert made == [1, 0, 1, 0, 1, 0, 1]


async def test_retry_after_is_waited_for(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("a.test"): [Reply(status=429, retry_after="3600"), 202]}
    await queue(store, activity(), [inbox("a.test")])
    busy = worker(store, wire, clock)
    await busy.run_once()
    clock.move(seconds=3599)
    assert await busy.run_once() == 0
    clock.move(seconds=1)
    assert await busy.run_once() == 1
    assert await states(store) == {"delivered": 1}


async def test_retry_after_holds_against_a_neighbour_that_succeeds_and_a_sign_of_life(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    asked, neighbour = inboxes("a.test", 2)
    wire.script = {asked: [Reply(status=503, retry_after="3600")]}
    await queue(store, activity(), [asked, neighbour])
    busy = worker(store, wire, clock, per_host=1)
    assert await busy.run_once() == 2
    await busy.host_was_heard(Host("a.test"))
    assert await busy.run_once() == 0


async def test_a_rest_lasts_as_long_as_a_server_asked(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("a.test", 20)
    wire.script = {url: [Reply(status=429, retry_after="7200")] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, per_host=1)
    assert await busy.run_once() == 5
    clock.move(minutes=119)
    assert await busy.run_once() == 0


@pytest.mark.parametrize("status", [400, 413, 415])
async def test_what_a_server_cannot_take_is_a_dead_letter_at_once(
    store: Store, wire: FakeWire, clock: Clock, status: int
) -> None:
    wire.script = {inbox("a.test"): [status]}
    await queue(store, activity(), [inbox("a.test")])
    busy = worker(store, wire, clock)
    await busy.run_once()
    clock.move(days=15)
    assert await busy.run_once() == 0
    (letter,) = await store.list_deliveries(None, None, after=None, limit=9)
    assert (letter.state, letter.attempts) == ("dead", 1)
    assert str(status) in (letter.error or "")


async def test_an_inbox_that_is_gone_is_asked_for_two_days(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("a.test"): [410]}
    await queue(store, activity(), [inbox("a.test")])
    busy = worker(store, wire, clock)
    for _ in range(48):
        await busy.run_once()
        clock.move(hours=1)
    assert await states(store) == {"waiting": 1}
    clock.move(hours=12)
    await busy.run_once()
    assert await states(store) == {"dead": 1}


async def test_a_forbidden_address_is_a_dead_letter_and_no_failure_of_its_host(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    refusal = ForbiddenAddress("lan.test has no public address, so nothing was sent to it.")
    wire.script = {url: [refusal] for url in inboxes("lan.test", 6)}
    await queue(store, activity(), inboxes("lan.test", 6))
    await worker(store, wire, clock).run_once()
    assert await states(store) == {"dead": 6}
    assert await store.list_hosts(limit=9) == []


async def test_a_silent_server_is_a_dead_letter_after_14_days(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("a.test"): [SILENCE]}
    await queue(store, activity(), [inbox("a.test")])
    busy = worker(store, wire, clock)
    for _ in range(14 * 24 + 1):
        assert await states(store) == {"waiting": 1}
        await busy.run_once()
        clock.move(hours=1)
    assert await states(store) == {"dead": 1}


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


async def test_a_crash_between_post_and_acknowledgement_sends_the_same_activity_again(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    never = asyncio.Event()
    wire.script = {inbox("a.test"): [never, 202]}
    await queue(store, activity(), [inbox("a.test")])
    crashing = asyncio.create_task(worker(store, wire, clock).run_once())
    await soon(lambda: wire.posts)
    crashing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await crashing
    again = worker(store, wire, clock)
    clock.move(seconds=119)
    assert await again.run_once() == 0
    clock.move(seconds=1)
    assert await again.run_once() == 1
    assert [body for _, body in wire.posts] == [activity().body] * 2
    assert await states(store) == {"delivered": 1}


async def test_nothing_is_sent_under_a_lease_that_is_about_to_lapse(store: Store, wire: FakeWire, clock: Clock) -> None:
    left = []

    class Dawdling(FakeWire):
        async def post(self, url: str, *request: Any) -> Reply:
            rows = await store.list_deliveries(None, None, after=None, limit=9)
            left.extend(row.due_at - clock() for row in rows if row.inbox == url)
            clock.move(seconds=100)
            return await super().post(url, *request)

    await queue(store, activity(), inboxes("a.test", 3))
    assert await worker(store, Dawdling(), clock, per_host=1, in_flight=1).run_once() == 3
    assert left == [timedelta(minutes=2)] * 3


async def test_an_unexpected_error_costs_one_delivery_one_attempt(
    store: Store, wire: FakeWire, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "the body of an activity"
    wire.script = {inbox("odd.test"): [KeyError(secret), 202]}
    await queue(store, activity(), [inbox("odd.test"), inbox("a.test")])
    busy = worker(store, wire, clock)
    with caplog.at_level(logging.DEBUG):
        await busy.run_once()
    assert await states(store) == {"waiting": 1, "delivered": 1}
    assert secret not in caplog.text
    clock.move(seconds=15)
    assert await busy.run_once() == 1


async def test_a_missing_key_is_tried_again(store: Store, wire: FakeWire, clock: Clock) -> None:
    def lost(actor: ActorId) -> SigningKey:
        raise FileNotFoundError(actor)

    await queue(store, activity(), [inbox("a.test")])
    assert await worker(store, wire, clock, keys=lost).run_once() == 1
    assert (wire.posts, await states(store)) == ([], {"waiting": 1})


async def test_facts_are_logged_and_no_bodies(
    store: Store, wire: FakeWire, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wire.script = {inbox("b.test"): [503]}
    await queue(store, activity(), [inbox("a.test"), inbox("b.test")])
    with caplog.at_level(logging.INFO, logger="federation.delivery.verdicts"):
        await worker(store, wire, clock).run_once()
    facts = {line.__dict__["host"]: line.__dict__ for line in caplog.records}
    assert facts["a.test"]["outcome"] == "delivered"
    assert facts["b.test"]["outcome"] == "put off: The server answered 503."
    assert {(line["activity"], line["attempt"], line["took_ms"]) for line in facts.values()} == {(activity().id, 1, 0)}


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


async def test_the_table_of_failing_hosts_stays_bounded(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = [inbox(f"h{number}.test") for number in range(60)]
    wire.script = {url: [503] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, keep_hosts=10)
    await busy.run_once()
    assert len(await store.list_hosts(limit=100)) == len(busy._hosts) == 10


async def started(busy: DeliveryWorker) -> tuple[asyncio.Task[None], asyncio.Event]:
    stop = asyncio.Event()
    return asyncio.create_task(busy.run(stop)), stop


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
    running, stop = await started(worker(store, wire, clock, per_host=2, in_flight=1, aside=0))
    await soon(lambda: wire.posts)
    stop.set()
    await soon(lambda: running.done() or slow.set())
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
