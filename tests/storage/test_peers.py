"""Pacts, and forgetting one with all that is held."""

import asyncio
from dataclasses import replace

import pytest

from storage.ids import ActorId, Did, LogName
from storage.store import Store
from tests.storage.keeping import (
    LOG,
    OTHER_LOG,
    OTHER_PEER,
    PEER,
    a_held,
    a_held_file,
    a_leaf,
    a_peer,
    a_receipt,
    a_withheld,
    keep,
    some_evidence,
)
from tests.storage.making import a_charter, after


async def test_a_peer_is_added_once_and_then_replaced(store: Store) -> None:
    assert await store.save_peer(a_peer()) is False
    assert await store.add_peer(a_peer()) is True
    changed = a_peer(
        state="removed",
        is_unlisted=True,
        failures=3,
        silent_since=after(hours=3),
        silence_agreed_at=after(hours=4),
        silence_denied_at=after(hours=5),
    )
    assert await store.add_peer(changed) is False
    assert a_peer() == await store.find_peer(PEER)
    assert await store.save_peer(changed) is True
    assert changed == await store.find_peer(PEER)
    assert await store.find_peer(OTHER_PEER) is None


async def test_a_peer_that_was_changed_meanwhile_is_not_replaced(store: Store) -> None:
    await store.add_peer(a_peer())
    removed = a_peer(state="removed")
    assert await store.save_peer(removed, instead_of=a_peer()) is True
    assert await store.save_peer(a_peer(failures=1), instead_of=a_peer()) is False
    assert removed == await store.find_peer(PEER)


async def test_of_two_changes_at_once_one_is_kept(store: Store) -> None:
    await store.add_peer(a_peer())
    changes = [store.save_peer(a_peer(failures=number), instead_of=a_peer()) for number in range(1, 6)]
    assert 1 == sum(await asyncio.gather(*changes))


async def test_a_peer_is_found_by_its_instance_actor(store: Store) -> None:
    await store.add_peer(a_peer())
    assert a_peer() == await store.find_peer_by_actor(a_peer().actor)
    assert await store.find_peer_by_actor(ActorId("https://peer.example/actor")) is None


async def test_peers_are_listed_by_when_they_were_added(store: Store) -> None:
    later, first, second = (
        a_peer(Did("did:a"), added_at=after(hours=1)),
        a_peer(Did("did:b")),
        a_peer(Did("did:c"), state="asked"),
    )
    for peer in (later, second, first):
        await store.add_peer(peer)
    assert [first, second, later] == await store.list_peers()


async def fill(store: Store, did: Did, name: LogName, leaves: int = 3) -> None:
    await store.add_peer(a_peer(did))
    await keep(store, [a_held(place) for place in range(leaves)], name)
    await keep(store, [a_leaf(0)], LogName(f"{did}/2"))
    await store.save_receipt(a_receipt(log=name))
    await store.withhold(a_withheld(did=did))
    await store.save_held_media([a_held_file(did=did)])
    await store.add_evidence(some_evidence(did=did))
    await store.add_charter(a_charter(did=did))


@pytest.mark.parametrize("leaves", [3, 300])
async def test_a_peer_is_forgotten_with_everything_that_is_held_of_it(store: Store, leaves: int) -> None:
    await fill(store, PEER, LOG, leaves)
    await fill(store, OTHER_PEER, OTHER_LOG)
    mirrored = a_receipt(PEER, log=OTHER_LOG)
    await store.save_receipt(mirrored)
    assert await store.forget_peer(PEER) is True
    assert [await store.find_peer(PEER), await store.find_log(LOG)] == [None, None]
    rows = {table: (await store.list_rows(table, after=None, limit=9))[0] for table in ("kept_leaves", "kept_tiles")}
    assert {OTHER_LOG, f"{OTHER_PEER}/2"} == {row["log"] for found in rows.values() for row in found}
    assert 3 == len((await store.list_rows("kept_bodies", after=None, limit=9))[0])
    assert [await store.list_receipts(LOG), await store.list_withheld(PEER)] == [[], []]
    assert await store.list_held_media(PEER, is_held=None, after=None, limit=9) == []
    assert [some_evidence(did=PEER)] == await store.list_evidence(PEER)
    assert [a_charter(did=PEER)] == await store.list_charters(PEER)


async def test_what_is_held_of_others_stays(store: Store) -> None:
    await fill(store, PEER, LOG)
    await fill(store, OTHER_PEER, OTHER_LOG)
    await store.save_receipt(a_receipt(PEER, log=OTHER_LOG))
    await store.forget_peer(PEER)
    assert [a_peer(OTHER_PEER)] == await store.list_peers()
    assert [a_held(place) for place in range(3)] == await store.list_leaves(OTHER_LOG, 0, 9)
    assert 2 == len(await store.list_receipts(OTHER_LOG))
    assert [a_withheld(did=OTHER_PEER)] == await store.list_withheld(OTHER_PEER)
    assert [a_held_file(did=OTHER_PEER)] == await store.list_held_media(None, is_held=None, after=None, limit=9)
    assert await store.check() == []


async def test_nobody_is_forgotten_twice(store: Store) -> None:
    assert await store.forget_peer(PEER) is False
    await fill(store, PEER, LOG)
    assert True in await asyncio.gather(store.forget_peer(PEER), store.forget_peer(PEER))
    assert await store.forget_peer(PEER) is False


async def test_who_was_forgotten_can_be_a_peer_again(store: Store) -> None:
    await fill(store, PEER, LOG)
    await store.forget_peer(PEER)
    assert await store.add_peer(replace(a_peer(), state="asked")) is True
    await keep(store, [a_leaf(0), a_leaf(1)])
    assert [a_leaf(0), a_leaf(1)] == await store.list_leaves(LOG, 0, 9)
    assert await store.check() == []
