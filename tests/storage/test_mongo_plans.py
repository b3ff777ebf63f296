"""What MongoDB is asked for a page: an index begins with the fields asked for, and goes on in the order of the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from mongomock_motor import AsyncMongoMockClient

from storage.ids import ActorId, Digest, InboxUrl, KeyId, ObjectId
from storage.mongo.driver import Client, Collection
from storage.mongo.indexes import INDEXES
from storage.mongo.store import MongoStore
from tests.storage.keeping import LOG, PEER
from tests.storage.making import ANNA, NOON, OURS, after

CURSOR = (NOON, ObjectId("https://peer.example/notes/1"))
UPDATE = ObjectId("https://union.example/objects/1")
FILE = Digest("0" * 64)
INBOX = InboxUrl("https://peer.example/inbox")
ASKED: list[Callable[[MongoStore], Awaitable[object]]] = [
    lambda store: store.find_follower(ANNA, OURS),
    lambda store: store.list_followers(None, after=ANNA, limit=9),
    lambda store: store.list_followers(OURS, after=ANNA, limit=9),
    lambda store: store.list_follows_of(ANNA),
    lambda store: store.list_delivery_inboxes(OURS, after=INBOX, limit=9),
    lambda store: store.list_foreign_inboxes([INBOX]),
    lambda store: store.remove_follower_everywhere(ANNA),
    lambda store: store.remove_reactions_of(ANNA),
    lambda store: store.is_followed(ANNA),
    lambda store: store.list_reports(limit=9),
    lambda store: store.list_blocks(after="a", limit=9),
    lambda store: store.list_people(after=ANNA, limit=9),
    lambda store: store.list_actors_at("anna@peer.example"),
    lambda store: store.list_own_inboxes([ANNA]),
    lambda store: store.list_blocked_inboxes([INBOX]),
    lambda store: store.cut_off([ANNA]),
    lambda store: store.find_remote_actor(ANNA),
    lambda store: store.find_remote_key(KeyId(f"{ANNA}#main-key")),
    lambda store: store.list_remote_posts([CURSOR[1]]),
    lambda store: store.list_timeline(before=CURSOR, limit=9),
    lambda store: store.list_comments(None, state=None, before=CURSOR, limit=9),
    lambda store: store.list_comments(None, state="held", before=CURSOR, limit=9),
    lambda store: store.list_comments(UPDATE, state=None, before=CURSOR, limit=9),
    lambda store: store.list_comments(UPDATE, state="held", before=CURSOR, limit=9),
    lambda store: store.list_shown_comments(UPDATE, skip=9, limit=9),
    lambda store: store.find_log(LOG),
    lambda store: store.list_logs(PEER),
    lambda store: store.measure_log(LOG),
    lambda store: store.find_tiles(LOG, [(0, 1)]),
    lambda store: store.list_leaves(LOG, 9, 9),
    lambda store: store.find_leaf(LOG, "z"),
    lambda store: store.list_object_leaves(LOG, [UPDATE]),
    lambda store: store.list_standing(LOG, None, before=9, limit=9),
    lambda store: store.list_standing(LOG, ANNA, before=9, limit=9),
    lambda store: store.find_standing(LOG, UPDATE),
    lambda store: store.list_takeable(LOG, {UPDATE: 9}, "Update", states=["held"], limit=9),
    lambda store: store.list_takeable(LOG, {UPDATE: 9}, "Delete", states=["held"], limit=9),
    lambda store: store.list_standing_versions(LOG, [UPDATE]),
    lambda store: store.list_profiles(LOG),
    lambda store: store.list_wanted(LOG, after=9, limit=9),
    lambda store: store.count_leaves_since(PEER, NOON),
    lambda store: store.list_receipts(LOG),
    lambda store: store.find_peer(PEER),
    lambda store: store.find_peer_by_actor(ANNA),
    lambda store: store.list_peers(),
    lambda store: store.list_evidence(PEER),
    lambda store: store.list_evidence(),
    lambda store: store.list_withheld(PEER),
    lambda store: store.list_held_media(PEER, is_held=True, after=FILE, limit=9),
    lambda store: store.list_held_media(PEER, is_held=None, after=FILE, limit=9),
    lambda store: store.list_held_media(None, is_held=False, after=FILE, limit=9),
    lambda store: store.list_held_media(None, is_held=None, after=FILE, limit=9),
]


def is_one_value(value: object) -> bool:
    return not isinstance(value, Mapping)


def serves(fields: tuple[str, ...], filter: Mapping[str, Any], sort: list[str]) -> bool:
    """Whether an index of these fields finds the page without sorting, and without reading what lies before it."""
    fixed = {name for name, value in filter.items() if is_one_value(value)}
    rest = list(fields)
    while rest and rest[0] in fixed and (not sort or rest[0] != sort[0]):
        rest.pop(0)
    if sort:
        return rest[: len(sort)] == sort
    return fields[0] in filter


@pytest.mark.parametrize("ask", ASKED)
async def test_a_page_comes_from_an_index_and_nothing_is_sorted(
    ask: Callable[[MongoStore], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Mapping[str, Any], list[str]]] = []
    find = Collection.find

    async def look(collection: Collection, filter: Mapping[str, Any], **how: Any) -> list[dict[str, Any]]:
        asked.append((collection.raw.name, filter, [name for name, _ in how.get("sort", ())]))
        return await find(collection, filter, **how)

    monkeypatch.setattr(Collection, "find", look)
    store = MongoStore(Client(AsyncMongoMockClient(), "picketline"))
    await ask(store)
    await store.close()
    assert asked
    for name, filter, sort in asked:
        indexes = [("_id",), *(index.fields for index in INDEXES[name])]
        assert any(serves(fields, filter, sort) for fields in indexes), (name, filter, sort)


async def test_a_sweep_reads_the_oldest_of_each_kind_by_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep: Callable[[MongoStore], Awaitable[object]] = lambda store: store.remove_leftovers(before=after(), limit=9)  # noqa: E731
    await test_a_page_comes_from_an_index_and_nothing_is_sorted(sweep, monkeypatch)


def test_an_index_that_gives_another_order_is_no_index_for_the_page() -> None:
    assert serves(("actor", "follows"), {"actor": ActorId("a")}, ["follows"])
    assert not serves(("follows", "actor"), {"actor": ActorId("a")}, ["follows", "since"])
    assert not serves(("state", "actor"), {"actor": {"$gt": "a"}}, ["actor"])
