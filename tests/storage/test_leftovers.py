"""What nobody refers to any more is forgotten, and nothing else."""

from storage.ids import ActivityId, ActorId
from storage.store import Store
from tests.storage.making import (
    ANNA,
    BELA,
    NOON,
    a_delivery,
    a_follower,
    a_following,
    a_post,
    a_reaction,
    a_remote_actor,
    a_remote_key,
    a_remote_post,
    a_result,
    after,
    an_activity,
    an_entry,
)
from tests.storage.queueing import claim

LATER = after(days=30)


async def sweep(store: Store, *, limit: int = 99) -> int:
    return await store.remove_leftovers(before=LATER, limit=limit)


async def test_an_empty_store_has_no_leftovers(store: Store) -> None:
    assert await sweep(store) == 0


async def test_old_tombstones_go_and_younger_ones_still_refuse(store: Store) -> None:
    old, young = a_remote_post(1), a_remote_post(2)
    await store.delete_remote_post(old.id, ANNA, now=NOON)
    await store.delete_remote_post(young.id, ANNA, now=LATER)
    assert (await sweep(store), await sweep(store)) == (1, 0)
    assert (await store.save_remote_post(old), await store.save_remote_post(young)) == (True, False)


async def test_of_two_tombstones_of_one_note_only_the_old_one_goes(store: Store) -> None:
    await store.delete_remote_post(a_remote_post().id, ANNA, now=NOON)
    await store.delete_remote_post(a_remote_post().id, BELA, now=LATER)
    assert await sweep(store) == 1
    assert await store.save_remote_post(a_remote_post(actor=BELA)) is False
    assert await store.save_remote_post(a_remote_post()) is True


async def test_an_actor_nobody_refers_to_goes_with_its_keys(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    assert (await sweep(store), await sweep(store)) == (1, 0)
    assert await store.find_remote_actor(ANNA) is None
    assert await store.find_remote_key(a_remote_key().id) is None


async def test_an_actor_fetched_lately_stays(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(fetched_at=LATER))
    assert await sweep(store) == 0
    assert a_remote_actor(fetched_at=LATER) == await store.find_remote_actor(ANNA)


async def test_actors_that_follow_are_followed_or_wrote_a_kept_note_stay(store: Store) -> None:
    follower, followed, author = (ActorId(f"https://peer.example/users/{n}") for n in ("f", "g", "h"))
    for actor in (follower, followed, author):
        await store.save_remote_actor(a_remote_actor(actor))
    await store.save_follower(a_follower(follower, state="waiting"))
    await store.save_following(a_following(followed, state="refused"))
    await store.save_remote_post(a_remote_post(1, actor=author))
    assert await sweep(store) == 0
    await store.remove_follower_everywhere(follower)
    await store.remove_following_everywhere(followed)
    await store.delete_remote_post(a_remote_post(1).id, author, now=LATER)
    assert await sweep(store) == 3


async def test_private_activities_go_and_those_of_the_record_stay(store: Store) -> None:
    await store.append(an_entry(1), an_activity(1), expecting=0)
    await store.add_activity(an_activity(2, type="Accept"), [])
    await store.add_activity(an_activity(3, type="Accept", created_at=LATER), [])
    assert (await sweep(store), await sweep(store)) == (1, 0)
    assert await store.find_activity(an_activity(2).id) is None
    assert {an_activity(1).id, an_activity(3).id} == {
        one.id for one in await store.list_activities([an_activity(number).id for number in (1, 2, 3)])
    }
    assert await store.check() == []


async def test_an_activity_stays_as_long_as_one_of_its_deliveries(store: Store) -> None:
    await store.add_activity(an_activity(1, type="Accept"), [a_delivery(1)])
    assert await sweep(store) == 0
    await store.finish_deliveries([a_result(one) for one in await claim(store)])
    assert await sweep(store) == 0
    await store.remove_deliveries(finished_before=LATER, limit=9)
    assert await sweep(store) == 1


async def test_the_follow_that_still_stands_stays(store: Store) -> None:
    follow = an_activity(1, id=ActivityId("https://union.example/activities/follow"), type="Follow")
    await store.add_activity(follow, [])
    await store.save_following(a_following(activity=follow.id))
    assert await sweep(store) == 0
    await store.remove_following_everywhere(ANNA)
    assert await sweep(store) == 1
    assert await store.find_activity(follow.id) is None


async def test_at_most_so_many_of_each_kind_go_at_once_the_oldest_first(store: Store) -> None:
    for number in (1, 2, 3):
        actor, at = ActorId(f"https://peer.example/users/{number}"), after(days=number)
        await store.save_remote_actor(a_remote_actor(actor, fetched_at=at))
        await store.delete_remote_post(a_remote_post(number).id, ANNA, now=at)
        await store.add_activity(an_activity(number, created_at=at), [])
    assert await sweep(store, limit=2) == 6
    assert await store.find_remote_actor(ActorId("https://peer.example/users/3")) is not None
    assert await store.find_activity(an_activity(3).id) is not None
    assert await store.save_remote_post(a_remote_post(3)) is False
    assert (await sweep(store, limit=2), await sweep(store, limit=2)) == (3, 0)


async def test_reactions_to_an_update_retracted_long_ago_go_and_others_stay(store: Store) -> None:
    await store.save_post(a_post(1, retracted_at=NOON))
    await store.save_post(a_post(2, retracted_at=LATER))
    await store.save_post(a_post(3))
    for number in (1, 2, 3):
        await store.add_reaction(a_reaction(object=a_post(number).id))
    assert (await sweep(store), await sweep(store)) == (1, 0)
    assert [0, 1, 1] == [(await store.count_reactions(a_post(number).id))["like"] for number in (1, 2, 3)]
