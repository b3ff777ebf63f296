"""The worker behind the inbox: what it had claimed when it was stopped is there for the next one at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from federation.inbox import worker as rooms
from federation.inbox.worker import InboxWorker
from storage.backends import open_store
from storage.errors import StoreAway
from storage.ids import Lease
from storage.records import ClaimedReceived
from storage.store import Store
from tests.storage.making import NOON, a_received


class Gate:
    """Where work stands still until the test lets it through."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def passed(self) -> None:
        self.reached.set()
        await self.opened.wait()


class SlowToLend:
    """A store that has lent already, while whoever asked still waits to hear of it."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store, self._gate = store, gate

    async def claim_received(self, **given: Any) -> list[ClaimedReceived]:
        claimed = await self._store.claim_received(**given)
        await self._gate.passed()
        return claimed

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._store, verb)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite://{tmp_path}/picketline.db")
    for number in range(3):
        await store.add_received(a_received(number))
    yield store
    await store.close()


@pytest.fixture(autouse=True)
def reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "from_stored", lambda received: received)


def a_worker(
    store: Any, beat: Callable[[], None] = lambda: None, now: Callable[[], datetime] = lambda: NOON
) -> InboxWorker:
    leases = count()
    given: Any = Mock()
    return InboxWorker(
        store=store, reception=given, now=now, new_lease=lambda: Lease(f"lease-{next(leases)}"), beat=beat
    )


async def stop_at(gate: Gate, worker: InboxWorker) -> None:
    working: Awaitable[None] = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        await gate.reached.wait()
        worker.stop()
        gate.opened.set()
        await working


async def claimable(store: Store) -> int:
    return len(await store.claim_received(now=NOON, until=NOON, lease=Lease("next"), limit=9))


async def test_stopped_in_an_effect_it_ends_that_one_and_gives_back_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, beats = Gate(), list[None]()

    async def dispatch(*_given: object) -> None:
        await gate.passed()

    monkeypatch.setattr(rooms, "dispatch", dispatch)
    await stop_at(gate, a_worker(store, lambda: beats.append(None)))
    assert await store.count_received() == {"waiting": 2, "done": 1, "failed": 0}
    assert await claimable(store) == 2
    assert len(beats) == 2  # one for the turn, one for the item


async def test_stopped_while_it_claims_it_gives_back_what_it_is_lent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, tried = Gate(), list[None]()

    async def dispatch(*_given: object) -> None:
        tried.append(None)

    monkeypatch.setattr(rooms, "dispatch", dispatch)
    await stop_at(gate, a_worker(SlowToLend(store, gate)))
    assert tried == []
    assert await claimable(store) == 3


class Once(SlowToLend):
    """A store that lends once."""

    async def claim_received(self, **given: Any) -> list[ClaimedReceived]:
        claimed = [] if self._gate.reached.is_set() else await self._store.claim_received(**given)
        self._gate.reached.set()
        return claimed


async def test_what_would_begin_late_in_its_lease_is_given_back_untried(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker would be lent it while this one is at it."""
    at = NOON

    async def dispatch(*_given: object) -> None:
        nonlocal at
        at += timedelta(seconds=60)

    monkeypatch.setattr(rooms, "dispatch", dispatch)
    assert await a_worker(Once(store, Gate()), now=lambda: at).run_once() == 1
    left = await store.claim_received(now=at, until=at, lease=Lease("next"), limit=9)
    assert [one.attempts for one in left] == [0, 0]


async def test_a_store_that_was_away_during_an_effect_is_no_attempt(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dispatch(*_given: object) -> None:
        raise StoreAway("The server does not answer.")

    monkeypatch.setattr(rooms, "dispatch", dispatch)
    assert await a_worker(Once(store, Gate())).run_once() == 3
    later = NOON + timedelta(seconds=15)
    left = await store.claim_received(now=later, until=later, lease=Lease("next"), limit=9)
    assert [one.attempts for one in left] == [0, 0, 0]


class Unheard(SlowToLend):
    """A store that goes away when it has done what this verb asks, so that nobody hears of it; once."""

    def __init__(self, store: Store, verb: str) -> None:
        self._store, self._verb, self._went = store, verb, False

    async def claim_received(self, **given: Any) -> list[ClaimedReceived]:
        claimed = await self._store.claim_received(**given)
        self._go("claim_received")
        return claimed

    async def finish_received(self, *args: Any, **given: Any) -> None:
        self._go("finish_received")
        await self._store.finish_received(*args, **given)

    def _go(self, verb: str) -> None:
        if verb == self._verb and not self._went:
            self._went = True
            raise StoreAway("The server does not answer.")


@pytest.mark.parametrize("verb", ["claim_received", "finish_received"])
async def test_what_was_lent_when_the_store_went_away_is_worked_off_as_soon_as_it_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    async def dispatch(*_given: object) -> None:
        pass

    monkeypatch.setattr(rooms, "dispatch", dispatch)
    worker = a_worker(Unheard(store, verb))
    with pytest.raises(StoreAway):
        await worker.run_once()
    assert await worker.run_once() == 3
    assert await store.count_received() == {"waiting": 0, "done": 3, "failed": 0}


async def test_stopped_before_it_could_say_so_it_gives_back_what_it_was_lent(store: Store) -> None:
    worker = a_worker(Unheard(store, "claim_received"))
    with pytest.raises(StoreAway):
        await worker.run_once()
    worker.stop()
    await worker.run()
    assert await claimable(store) == 3
