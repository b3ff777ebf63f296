"""Verbs of single documents on a MongoDB in memory: fast, and without a server.

mongomock has no sessions, so whatever needs a transaction is tried on a real server only; here it is refused.
"""

from collections.abc import AsyncIterator

import pytest
from mongomock_motor import AsyncMongoMockClient

from storage.mongo.driver import Client
from storage.mongo.store import MongoStore
from tests.storage.making import (
    ANNA,
    BELA,
    OTHER_OURS,
    OURS,
    a_follower,
    a_following,
    a_reaction,
    a_remote_actor,
    a_remote_key,
    a_report,
    after,
)


@pytest.fixture
async def store() -> AsyncIterator[MongoStore]:
    store = MongoStore(Client(AsyncMongoMockClient(), "picketline", gridfs=lambda _database, _name: None))
    yield store
    await store.close()


async def test_a_follower_is_kept_renewed_found_and_removed(store: MongoStore) -> None:
    assert [True, False] == [await store.save_follower(a_follower(state=state)) for state in ("accepted", "waiting")]
    assert await store.set_follower_state(ANNA, OURS, "accepted") is True
    assert a_follower() == await store.find_follower(ANNA, OURS)
    assert await store.find_follower(ANNA, OTHER_OURS) is None
    assert [True, False] == [await store.remove_follower(ANNA, OURS), await store.remove_follower(ANNA, OURS)]


async def test_delivery_inboxes_are_named_once_and_foreign_ones_told_apart(store: MongoStore) -> None:
    for actor in (ANNA, BELA):
        await store.save_follower(a_follower(actor, shared_inbox="https://peer.example/inbox"))
    await store.save_follower(a_follower(OTHER_OURS, shared_inbox="https://victim.example/inbox"))
    inboxes = await store.list_delivery_inboxes(OURS, after=None, limit=9)
    assert ["https://peer.example/inbox", "https://victim.example/inbox"] == inboxes
    assert {inboxes[1]} == await store.list_foreign_inboxes(inboxes)


async def test_an_answer_to_our_follow_is_kept(store: MongoStore) -> None:
    await store.save_following(a_following())
    assert await store.set_following_state(a_following().activity, BELA, "accepted") is False
    assert await store.is_followed(ANNA) is False
    assert await store.set_following_state(a_following().activity, ANNA, "accepted") is True
    assert await store.is_followed(ANNA) is True


async def test_reactions_are_counted_once_for_each_actor(store: MongoStore) -> None:
    given = [await store.add_reaction(one) for one in (a_reaction(), a_reaction(), a_reaction(BELA))]
    assert [True, False, True] == given
    assert {"like": 2, "share": 0} == await store.count_reactions(a_reaction().object)
    assert await store.remove_reaction_named(a_reaction().activity, BELA) is False
    assert 1 == await store.remove_reactions_of(ANNA)


async def test_a_report_is_kept_once_and_counted(store: MongoStore) -> None:
    assert [True, False] == [await store.add_report(a_report()) for _ in range(2)]
    assert [a_report()] == await store.list_reports(limit=9)
    counts = [await store.count_reports(since=after(minutes=minutes), actor=ANNA) for minutes in (1, 2)]
    assert [1, 0] == counts


async def test_what_is_not_kept_is_not_found(store: MongoStore) -> None:
    assert await store.find_remote_key(a_remote_key().id, ANNA) is None
    assert await store.find_remote_actor(ANNA) is None
    assert await store.find_block([ANNA], of=ANNA) is None


async def test_a_step_that_needs_a_transaction_is_refused_by_a_server_without_them(store: MongoStore) -> None:
    with pytest.raises(NotImplementedError):
        await store.save_remote_actor(a_remote_actor())
    assert await store.find_remote_actor(ANNA) is None
