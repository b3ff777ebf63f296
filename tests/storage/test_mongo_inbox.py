"""Received work and moves of a store that several processes share, on two stores of one address."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage.errors import LeaseLost
from storage.ids import ActorId, Lease
from storage.mongo import inbox
from storage.store import Store
from tests.storage.making import (
    ANNA,
    BELA,
    LEASE,
    NOON,
    OTHER_LEASE,
    a_received,
    after,
)
from tests.storage.test_moves import a_move


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_received_work_is_lent_to_one_worker(here: Store, there: Store) -> None:
    for number in range(40):
        await here.add_received(a_received(number, actor=ActorId(f"https://peer.example/{number}")))

    async def work(store: Store, lease: str) -> list[str]:
        lent: list[str] = []
        while some := await store.claim_received(now=NOON, until=after(minutes=5), lease=Lease(lease), limit=4):
            lent += [one.received.id for one in some]
        return lent

    parts = await asyncio.gather(work(here, "a"), work(there, "b"), work(here, "c"), work(there, "d"))
    assert sorted(a_received(number).id for number in range(40)) == sorted(id for part in parts for id in part)


async def test_one_activity_that_reaches_two_machines_is_stored_once(here: Store, there: Store) -> None:
    stored = await asyncio.gather(*(store.add_received(a_received()) for store in (here, there) * 5))
    assert stored.count(True) == 1
    await here.claim_received(now=NOON, until=after(minutes=5), lease=LEASE, limit=1)
    with pytest.raises(LeaseLost):
        await there.finish_received(a_received().id, OTHER_LEASE, error=None, retry_at=None)


async def test_a_move_is_claimed_by_one_worker(here: Store, there: Store) -> None:
    movers = [ANNA, BELA, *(ActorId(f"https://peer.example/users/{number}") for number in range(6))]
    for mover in movers:
        await here.save_move(a_move(mover))
    parts = await asyncio.gather(
        *(store.claim_moves(now=NOON, until=after(minutes=2), limit=8) for store in (here, there, here, there))
    )
    assert sorted(movers) == sorted(move.actor for part in parts for move in part)


async def test_what_somebody_says_waits_while_another_worker_has_what_they_said_before(
    here: Store, there: Store
) -> None:
    follow, undo, other = a_received(1), a_received(2, received_at=after(seconds=1)), a_received(3, actor=BELA)
    for one in (follow, undo, other):
        await here.add_received(one)
    times: dict[str, Any] = {"now": after(minutes=1), "until": after(minutes=5)}
    assert [follow] == [one.received for one in await here.claim_received(**times, lease=LEASE, limit=1)]
    assert [other] == [one.received for one in await there.claim_received(**times, lease=OTHER_LEASE, limit=9)]
    await here.finish_received(follow.id, LEASE, error=None, retry_at=None)
    assert [undo] == [one.received for one in await there.claim_received(**times, lease=OTHER_LEASE, limit=9)]


async def test_a_worker_gives_back_what_it_was_lent_while_another_got_what_came_before(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, undo = a_received(1), a_received(2, received_at=after(seconds=1))
    for one in (follow, undo):
        await here.add_received(one)
    times: dict[str, Any] = {"now": after(minutes=1), "until": after(minutes=5)}
    lend = inbox._lend

    async def late(*given: Any) -> Any:
        monkeypatch.setattr(inbox, "_lend", lend)
        assert len(await here.claim_received(**times, lease=LEASE, limit=1)) == 1
        return await lend(*given)

    monkeypatch.setattr(inbox, "_lend", late)
    assert await there.claim_received(**times, lease=OTHER_LEASE, limit=9) == []
    await here.finish_received(follow.id, LEASE, error=None, retry_at=None)
    again = await there.claim_received(**times, lease=OTHER_LEASE, limit=9)
    assert [(undo, 0)] == [(one.received, one.attempts) for one in again]
