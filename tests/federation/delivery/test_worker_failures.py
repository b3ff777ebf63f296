"""The worker: what follows from refusals, silence, crashes and surprises."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from federation.delivery.attempt import SigningKey
from federation.delivery.slots import Room
from federation.errors import ForbiddenAddress
from storage.errors import StoreAway
from storage.ids import Host
from storage.records import Delivery
from storage.store import Store
from tests.federation.delivery.stage import (
    SILENCE,
    Clock,
    FakeWire,
    Reply,
    activity,
    inbox,
    inboxes,
    queue,
    soon,
    states,
    worker,
)


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


async def test_a_rest_lasts_as_long_as_asked_but_an_hour_at_most(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("a.test", 20)
    wire.script = {url: [Reply(status=429, retry_after="7200")] for url in to}
    await queue(store, activity(), to)
    busy = worker(store, wire, clock, per_host=1)
    assert await busy.run_once() == 5
    clock.move(minutes=59)
    assert await busy.run_once() == 0
    clock.move(minutes=2)
    assert await busy.run_once() == 1  # one inbox that asks for more must not silence its whole host


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
    left: list[timedelta] = []

    class Dawdling(FakeWire):
        async def post(self, url: str, *request: Any) -> Reply:
            rows = await store.list_deliveries(None, None, after=None, limit=9)
            left.extend(row.due_at - clock() for row in rows if row.inbox == url)
            clock.move(seconds=100)
            return await super().post(url, *request)

    await queue(store, activity(), inboxes("a.test", 3))
    assert await worker(store, Dawdling(), clock, per_host=1, room=Room(at_once=1)).run_once() == 3
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
    async def lost(delivery: Delivery) -> tuple[SigningKey, ...]:
        raise FileNotFoundError(delivery.actor)

    await queue(store, activity(), [inbox("a.test")])
    assert await worker(store, wire, clock, keys=lost).run_once() == 1
    assert (wire.posts, await states(store)) == ([], {"waiting": 1})


async def test_facts_are_logged_and_no_bodies(
    store: Store, wire: FakeWire, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    wire.script = {inbox("b.test"): [503]}
    await queue(store, activity(), [inbox("a.test"), inbox("b.test")])
    with caplog.at_level(logging.DEBUG, logger="federation.delivery.verdicts"):
        await worker(store, wire, clock).run_once()
    facts = {line.__dict__["host"]: line.__dict__ for line in caplog.records}
    assert [line.__dict__["host"] for line in caplog.records if line.levelno >= logging.INFO] == ["b.test"]
    assert facts["a.test"]["outcome"] == "delivered"
    assert facts["b.test"]["outcome"] == "put off: The server answered 503."
    assert {(line["activity"], line["attempt"], line["took_ms"]) for line in facts.values()} == {(activity().id, 1, 0)}


async def test_a_refused_delivery_is_signed_otherwise_in_the_same_attempt(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inbox("modern.test")
    wire.script = {to: [401, 202]}
    await queue(store, activity(), [to])
    assert await worker(store, wire, clock).run_once() == 1
    assert ["Signature-Input" in headers for headers in wire.headers] == [False, True]
    assert await states(store) == {"delivered": 1}
    assert [row.scheme for row in await store.list_host_schemes(limit=9)] == ["rfc9421"]


async def test_a_delivery_refused_by_both_schemes_waits_for_its_next_attempt(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inbox("shut.test")
    wire.script = {to: [401]}
    await queue(store, activity(), [to])
    busy = worker(store, wire, clock)
    assert [await busy.run_once(), len(wire.posts)] == [1, 2]
    clock.move(hours=2)
    assert [await busy.run_once(), len(wire.posts)] == [1, 3]
    assert await states(store) == {"waiting": 1}


class Unheard:
    """A store that goes away, once, when it has done what this verb asks: nobody hears of it."""

    def __init__(self, store: Store, verb: str) -> None:
        self._store, self._verb = store, verb

    def __getattr__(self, verb: str) -> Any:
        asked = getattr(self._store, verb)
        if verb != self._verb:
            return asked

        async def go(*args: Any, **given: Any) -> None:
            await asked(*args, **given)
            self._verb = ""
            raise StoreAway("The server does not answer.")

        return go


@pytest.mark.parametrize("verb", ["claim_deliveries", "find_activity"])
async def test_what_was_lent_when_the_store_went_away_is_sent_as_soon_as_it_is_back(
    store: Store, wire: FakeWire, clock: Clock, verb: str
) -> None:
    to = inboxes("a.test", 3)
    await queue(store, activity(), to)
    busy = worker(Unheard(store, verb), wire, clock)
    with pytest.raises(StoreAway):
        await busy.run_once()
    assert await busy.run_once() == 3
    assert sorted(wire.reached()) == to
    assert await states(store) == {"delivered": 3}
