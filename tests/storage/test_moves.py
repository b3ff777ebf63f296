"""Moves as work that waits, on every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.ids import ActorId
from storage.records import Move
from storage.store import Store
from tests.storage.making import ANNA, BELA, NOON, a_follower, after


def a_move(actor: ActorId = ANNA, **changes: Any) -> Move:
    given = {"target": ActorId("https://new.example/anna"), "state": "waiting", "attempts": 0}
    return Move(**{"actor": actor, **given, "due_at": NOON, "received_at": NOON, "error": None, **changes})


async def test_a_mover_has_one_row(store: Store) -> None:
    await store.save_move(a_move())
    await store.save_move(a_move(target=BELA))
    assert [a_move(target=BELA)] == await store.list_moves(after=None, limit=9)
    assert a_move(target=BELA) == await store.find_move(ANNA)
    assert (True, False) == (await store.remove_move(ANNA), await store.remove_move(ANNA))


async def test_what_is_claimed_is_lent_until_its_time_lapses(store: Store) -> None:
    await store.save_move(a_move())
    await store.save_move(a_move(BELA, due_at=after(hours=1)))
    assert [a_move()] == await store.claim_moves(now=NOON, until=after(minutes=2), limit=9)
    assert [] == await store.claim_moves(now=after(minutes=1), until=after(minutes=3), limit=9)
    again = await store.claim_moves(now=after(minutes=2), until=after(minutes=4), limit=9)
    assert [ANNA] == [move.actor for move in again]


async def test_at_most_so_many_are_claimed_longest_due_first(store: Store) -> None:
    await store.save_move(a_move(due_at=after(minutes=1)))
    await store.save_move(a_move(BELA))
    assert [a_move(BELA)] == await store.claim_moves(now=after(minutes=5), until=after(hours=1), limit=1)


async def test_a_finished_move_is_not_claimed_again(store: Store) -> None:
    await store.save_move(a_move())
    done = a_move(state="done", attempts=1)
    assert (True, False) == (await store.finish_move(done), await store.finish_move(done))
    assert [] == await store.claim_moves(now=after(days=9), until=after(days=10), limit=9)
    assert done == await store.find_move(ANNA)


async def test_a_result_for_another_target_changes_nothing(store: Store) -> None:
    await store.save_move(a_move(target=BELA))
    assert await store.finish_move(a_move(state="failed")) is False
    assert a_move(target=BELA) == await store.find_move(ANNA)


async def test_those_that_wait_are_counted_by_origin(store: Store) -> None:
    for actor in (ANNA, BELA, ActorId("https://peer.example.org/x"), ActorId("https://peer.example:8443/x")):
        await store.save_move(a_move(actor))
    await store.save_move(a_move(ActorId("https://peer.example/done"), state="done"))
    assert (2, 4) == (await store.count_moves(origin="https://peer.example"), await store.count_moves())


async def test_a_finished_move_is_kept_while_the_mover_follows(store: Store) -> None:
    await store.save_move(a_move(state="done"))
    await store.save_move(a_move(BELA))
    await store.save_follower(a_follower())
    assert 0 == await store.remove_leftovers(before=after(days=30), limit=9)
    await store.remove_follower_everywhere(ANNA)
    assert 1 == await store.remove_leftovers(before=after(days=30), limit=9)
    assert [BELA] == [move.actor for move in await store.list_moves(after=None, limit=9)]
    assert replace(a_move(BELA)) == await store.find_move(BELA)
