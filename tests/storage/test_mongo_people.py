"""Other people in MongoDB: what only several processes, or very many rows, show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from storage.backends import open_store
from storage.ids import ActorId, InboxUrl
from storage.kept_keys import KeptKeys
from storage.mongo import leftovers, pages, remotes
from storage.mongo.database import Scope
from storage.mongo.driver import Collection, begin
from storage.mongo.faults import is_passing
from storage.mongo.followers import FOLLOWERS
from storage.mongo.store import MongoStore
from storage.records import Cut
from tests.storage.making import (
    ANNA,
    BELA,
    NOON,
    OURS,
    a_follower,
    a_following,
    a_reaction,
    a_remote_actor,
    a_remote_key,
    a_remote_post,
    after,
)
from tests.storage.test_blocks import a_block

KEY, NOTE = a_remote_key(), a_remote_post()
NEW_KEY = a_remote_key(public="another PEM")
SHARED = InboxUrl("https://peer.example/inbox")
Step = Callable[[Scope], Awaitable[object]]


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def open_mongo(url: str) -> MongoStore:
    store = await open_store(url)
    assert isinstance(store, MongoStore)
    return store


@pytest.fixture
async def store(url: str) -> AsyncIterator[MongoStore]:
    store = await open_mongo(url)
    yield store
    await store.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[MongoStore]:
    """The same store as another process has it."""
    store = await open_mongo(url)
    yield store
    await store.close()


async def keep_followers(store: MongoStore, count: int, **changes: Any) -> None:
    followers = [a_follower(ActorId(f"https://peer.example/u/{number:04}"), **changes) for number in range(count)]
    documents = [FOLLOWERS.document(follower) for follower in followers]
    await store.database.write(lambda within: within["followers"].insert_all(documents))


async def meet(store: MongoStore, first: Step, second: Step) -> None:
    """Two transactions that see the same moment: the first commits, and the second is told to run again."""
    client = store.database.client
    sessions = [await client.start_session() for _ in range(2)]
    try:
        for session in sessions:
            await begin(session)
            await Scope(client, session)["unions"].find({})
        await first(Scope(client, sessions[0]))
        await sessions[0].commit_transaction()
        with pytest.raises(PyMongoError) as refused:
            await end(second, Scope(client, sessions[1]))
        assert is_passing(refused.value)
    finally:
        for session in sessions:
            await session.end_session()


async def end(step: Step, within: Scope) -> None:
    await step(within)
    await within.session.commit_transaction()


def create(within: Scope) -> Awaitable[object]:
    return remotes.save_post(within, NOTE)


def delete(within: Scope) -> Awaitable[object]:
    return remotes.delete_post(within, NOTE.id, NOTE.actor, NOON)


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("steps", [(create, delete), (delete, create)])
async def test_a_create_and_a_delete_of_one_note_never_both_see_the_moment_before(
    store: MongoStore, steps: tuple[Step, Step], is_known: bool
) -> None:
    if is_known:
        await store.save_remote_post(NOTE)
    await meet(store, *steps)


async def test_a_note_deleted_while_it_is_created_many_times_is_gone_for_good(
    store: MongoStore, other: MongoStore
) -> None:
    notes = [a_remote_post(number) for number in range(10)]
    creates = [one.save_remote_post(note) for note in notes for one in (store, other)]
    deletes = [other.delete_remote_post(note.id, note.actor, now=NOON) for note in notes]
    await asyncio.gather(*creates, *deletes)
    assert [] == await store.list_remote_posts([note.id for note in notes])
    assert [False] * 10 == [await store.save_remote_post(note) for note in notes]


async def test_an_actor_saved_by_two_processes_at_once_has_the_keys_of_one_of_them(
    store: MongoStore, other: MongoStore
) -> None:
    first, second = a_remote_actor(keys=(KEY,)), a_remote_actor(name="Anna B.", keys=(a_remote_key("new"),))
    for _ in range(5):
        await asyncio.gather(store.save_remote_actor(first), other.save_remote_actor(second))
        assert await store.find_remote_actor(ANNA) in (first, second)


async def test_an_actor_removed_while_it_is_saved_leaves_no_key_without_it(
    store: MongoStore, other: MongoStore
) -> None:
    for _ in range(5):
        await store.save_remote_actor(a_remote_actor())
        await asyncio.gather(store.save_remote_actor(a_remote_actor()), other.remove_remote_actor(ANNA))
        actor = await store.find_remote_actor(ANNA)
        keys = await store.database.read(lambda within: within["remote_keys"].find({}))
        assert len(keys) == (0 if actor is None else len(actor.keys))


async def test_a_key_that_another_process_changed_is_believed_for_ten_seconds_at_most(
    store: MongoStore, other: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [100.0]
    kept = KeptKeys(seconds=remotes.KEYS_KEPT_FOR, clock=lambda: seconds[0])
    monkeypatch.setattr(store, "_keys", kept)
    await store.save_remote_actor(a_remote_actor(keys=(KEY,)))
    assert KEY == await store.find_remote_key(KEY.id, ANNA)
    await other.save_remote_actor(a_remote_actor(keys=(NEW_KEY,)))
    seconds[0] += 9.9
    assert KEY == await store.find_remote_key(KEY.id, ANNA)
    seconds[0] += 0.2
    assert NEW_KEY == await store.find_remote_key(KEY.id, ANNA)


async def test_a_key_looked_up_while_it_was_written_is_not_kept(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.save_remote_actor(a_remote_actor(keys=(KEY,)))
    read = store.database.read

    async def overtaken(step: Step) -> object:
        found = await read(step)
        await store.save_remote_actor(a_remote_actor(keys=(NEW_KEY,)))
        return found

    monkeypatch.setattr(store.database, "read", overtaken)
    assert KEY == await store.find_remote_key(KEY.id, ANNA)
    monkeypatch.setattr(store.database, "read", read)
    assert NEW_KEY == await store.find_remote_key(KEY.id, ANNA)


async def test_a_list_that_two_processes_bring_at_once_is_new_once(store: MongoStore, other: MongoStore) -> None:
    blocks = [a_block(f"{number}.example") for number in range(20)]
    added = await asyncio.gather(*[one.add_blocks(blocks) for one in (store, other, store)])
    assert [True] * 20 == sorted(any(news) for news in zip(*added, strict=True))
    assert 20 == sum(sum(news) for news in added)
    assert 20 == len(await store.list_blocks(after=None, limit=99))


async def test_a_follow_by_two_processes_at_once_is_new_once(store: MongoStore, other: MongoStore) -> None:
    saved = await asyncio.gather(*[one.save_follower(a_follower()) for one in (store, other) * 5])
    assert 1 == sum(saved)


async def test_cutting_off_by_pages_goes_on_where_it_was_broken_off(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    await keep_followers(store, 5)
    actors = [ActorId(f"https://peer.example/u/{number:04}") for number in range(5)]
    for number in range(3):
        comment = {"comment_on": a_reaction().object, "comment_state": "shown"}
        await store.save_remote_post(a_remote_post(number, actor=actors[0], **comment))
    broken = Breaking(monkeypatch, "delete", after=2)
    with pytest.raises(RuntimeError):
        await store.cut_off(actors)
    broken.mend()
    assert Cut(followers=1, comments=3, timeline=3) == await store.cut_off(actors)
    assert Cut() == await store.cut_off(actors)


class Breaking:
    """A verb of collections that works so many times and then no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, *, after: int) -> None:
        self._whole = getattr(Collection, name)
        self._mend = partial(monkeypatch.setattr, Collection, name, self._whole)
        left = [after]

        async def break_off(collection: Collection, *given: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("broken off")
            return await self._whole(collection, *given)

        monkeypatch.setattr(Collection, name, break_off)

    def mend(self) -> None:
        """Work again."""
        self._mend()


class Counting:
    """Counts what is asked of the server, and how many documents it brings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.brought = 0
        for name in ("find", "aggregate", "count"):
            monkeypatch.setattr(Collection, name, self._counted(getattr(Collection, name)))

    def _counted(self, verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def ask(*given: Any, **named: Any) -> Any:
            found = await verb(*given, **named)
            self.asked += 1
            self.brought += len(found) if isinstance(found, list) else 1
            return found

        return ask


async def test_an_inbox_that_many_share_is_not_read_once_for_each_of_them(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_followers(store, 2000, shared_inbox=SHARED)
    await store.save_follower(a_follower(ActorId("https://z.example/u")))
    counting = Counting(monkeypatch)
    expected = [SHARED, "https://z.example/u/inbox"]
    assert expected == await store.list_delivery_inboxes(OURS, after=None, limit=100)
    assert set() == await store.list_foreign_inboxes([SHARED, InboxUrl(expected[1])])
    assert counting.brought < 1000


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, ids: store.list_remote_actors(ids),
        lambda store, ids: store.list_remote_posts(ids),
        lambda store, ids: store.count_shown_comments(ids),
        lambda store, ids: store.count_reactions_of_each(ids),
        lambda store, ids: store.list_foreign_inboxes(ids),
        lambda store, ids: store.list_blocked_inboxes(ids),
        lambda store, ids: store.list_own_inboxes(ids),
        lambda store, ids: store.find_block(ids, of=ids[0]),
        lambda store, _ids: store.list_people(after=None, limit=100),
    ],
)
async def test_a_page_of_a_hundred_is_a_handful_of_questions(
    store: MongoStore, ask: Callable[[MongoStore, list[str]], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_followers(store, 100)
    counting = Counting(monkeypatch)
    await ask(store, [f"https://peer.example/u/{number:04}" for number in range(100)])
    assert counting.asked <= 8


async def test_a_sweep_looks_at_so_many_and_goes_on_behind_them_the_next_time(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "PAGE", 2)
    monkeypatch.setattr(leftovers, "_PAGES", 1)
    for number in range(5):
        await store.save_remote_actor(a_remote_actor(ActorId(f"https://peer.example/u/{number:04}"), keys=()))
    await keep_followers(store, 4)
    assert [0, 0, 1, 0] == [await store.remove_leftovers(before=after(days=30), limit=9) for _ in range(4)]
    await store.remove_follower_everywhere(ActorId("https://peer.example/u/0000"))
    assert 1 == sum([await store.remove_leftovers(before=after(days=30), limit=9) for _ in range(3)])


@pytest.mark.parametrize(
    "come_back",
    [
        lambda other: other.save_remote_actor(a_remote_actor(fetched_at=after(days=40))),
        lambda other: other.save_follower(a_follower()),
        lambda other: other.save_following(a_following()),
        lambda other: other.save_remote_post(NOTE),
    ],
)
async def test_an_actor_that_comes_back_between_the_question_and_the_deletion_stays_with_its_keys(
    store: MongoStore,
    other: MongoStore,
    come_back: Callable[[MongoStore], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await store.save_remote_actor(a_remote_actor())
    transact = store.database.transact

    async def overtaken(step: Step) -> object:
        await come_back(other)
        return await transact(step)

    monkeypatch.setattr(store.database, "transact", overtaken)
    assert 0 == await store.remove_leftovers(before=after(days=30), limit=9)
    found = await store.find_remote_actor(ANNA)
    assert found is not None
    assert a_remote_actor().keys == found.keys


async def test_many_who_are_blocked_hide_nobody_who_is_not(store: MongoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.mongo.blocks.PAGE", 2)
    names = [ActorId(f"https://peer.example/u/{number}") for number in range(5)]
    for name in names:
        await store.save_remote_actor(a_remote_actor(name, keys=(), handle=name[-1]))
    await store.add_blocks([a_block(name, "actor") for name in names[:4]])
    personal = {InboxUrl(f"{name}/inbox") for name in names}
    blocked = await store.list_blocked_inboxes([SHARED, *personal])
    assert personal - {InboxUrl(f"{names[4]}/inbox")} == blocked
    await store.add_blocks([a_block(names[4], "actor")])
    assert {SHARED, *personal} == await store.list_blocked_inboxes([SHARED, *personal])
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela"))
    assert [SHARED, f"{BELA}/inbox"] == await store.list_own_inboxes([BELA])
