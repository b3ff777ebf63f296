"""What an entry means for pages is written in the one step that moves its reader on, or not at all."""

import asyncio

import pytest

from storage.errors import StorageError
from storage.ids import ActorId, ObjectId
from storage.records import (
    AddBoost,
    Boost,
    PageChange,
    Pin,
    RemoveBoost,
    RemovePin,
    SaveActor,
    SavePin,
    SavePost,
)
from storage.store import Store
from tests.storage.making import OURS, a_picture, a_post, an_activity, an_actor

BOOST = Boost(
    activity=an_activity(5).id,
    actor=OURS,
    object=ObjectId("https://peer.example/notes/1"),
    serial="5",
    boosted_at=an_activity().created_at,
)
PIN = Pin(object=a_post().id, actor=OURS, activity=an_activity(6).id, place=3)


async def project(store: Store, place: int, *changes: PageChange) -> bool:
    return await store.project("pages", expecting=place, changes=changes)


async def test_the_rows_stand_and_the_reader_has_moved_on(store: Store) -> None:
    post = a_post(pictures=(a_picture(1, preview=2),))
    assert await project(store, 0, SaveActor(actor=an_actor()))
    assert await project(store, 1, SavePost(post=post), SavePin(pin=PIN))
    assert await project(store, 2, AddBoost(boost=BOOST))
    assert await store.get_cursor("pages") == 3
    assert (await store.list_actors(), await store.find_post(post.id)) == ([an_actor()], post)
    assert (await store.find_pin(post.id), await store.has_boost(BOOST.activity)) == (PIN, True)
    assert await store.list_posts(None, before=None, limit=9, tag="streik") == [post]


async def test_what_stands_is_replaced_or_taken_away(store: Store) -> None:
    await project(store, 0, SaveActor(actor=an_actor()), SavePost(post=a_post()), SavePin(pin=PIN))
    await project(store, 1, AddBoost(boost=BOOST))
    assert await project(store, 2, SaveActor(actor=an_actor(name="New")), SavePost(post=a_post(html="<p>New</p>")))
    assert await project(store, 3, RemovePin(object=PIN.object), RemoveBoost(activity=BOOST.activity))
    assert await store.list_actors() == [an_actor(name="New")]
    assert await store.find_post(a_post().id) == a_post(html="<p>New</p>")
    assert (await store.find_pin(PIN.object), await store.has_boost(BOOST.activity)) == (None, False)


async def test_what_is_not_there_is_no_obstacle(store: Store) -> None:
    await project(store, 0, AddBoost(boost=BOOST))
    changes = (AddBoost(boost=BOOST), RemoveBoost(activity=an_activity(9).id), RemovePin(object=PIN.object))
    assert await project(store, 1, *changes)
    assert (await store.get_cursor("pages"), await store.count_boosts(OURS)) == (2, 1)


async def test_an_entry_without_meaning_for_pages_is_read_too(store: Store) -> None:
    assert await project(store, 0)
    assert await store.get_cursor("pages") == 1


@pytest.mark.parametrize("place", [0, 2])
async def test_from_anywhere_else_nothing_is_written(store: Store, place: int) -> None:
    await project(store, 0, SavePost(post=a_post()))
    assert not await project(store, place, SavePost(post=a_post(2)), SaveActor(actor=an_actor()))
    assert await store.get_cursor("pages") == 1
    assert (await store.find_post(a_post(2).id), await store.list_actors()) == (None, [])


async def test_each_reader_is_moved_alone(store: Store) -> None:
    await project(store, 0)
    assert await store.get_cursor("deliveries") == 0
    assert await store.project("deliveries", expecting=0, changes=())


async def test_of_many_who_read_the_same_entry_one_writes(store: Store) -> None:
    written = await asyncio.gather(*[project(store, 0, SavePost(post=a_post(number))) for number in range(1, 11)])
    assert written.count(True) == 1
    assert await store.count_posts(None) == 1


async def test_a_change_that_cannot_be_written_leaves_the_reader_where_it_stood(store: Store) -> None:
    await store.add_actor(an_actor())
    taken = an_actor(id=ActorId("https://union.example/actors/another"))
    with pytest.raises(StorageError):
        await project(store, 0, SavePost(post=a_post()), SaveActor(actor=taken))
    assert (await store.get_cursor("pages"), await store.find_post(a_post().id)) == (0, None)


async def test_a_post_that_is_taken_back_in_a_step_lets_go_of_its_deliveries(store: Store) -> None:
    """As `save_post` does: its tags and pictures go, and the page of its tag is empty."""
    await project(store, 0, SavePost(post=a_post(pictures=(a_picture(),))))
    gone = a_post(retracted_at=an_activity().created_at, tags=(), text="")
    assert await project(store, 1, SavePost(post=gone))
    assert await store.list_media(after=None, limit=9) == []
    assert await store.list_posts(None, before=None, limit=9, tag="streik") == []
