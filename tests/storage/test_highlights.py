"""What our actors pass on and put on top, on every engine."""

from storage.ids import ActivityId, ObjectId
from storage.records import Boost, Pin
from storage.store import Store
from tests.storage.making import ANNA, OTHER_OURS, OURS, a_post, a_remote_actor, a_remote_post, after

NOTE = ObjectId("https://peer.example/notes/1")


def a_boost(number: int = 1, **changes: object) -> Boost:
    given = {
        "activity": ActivityId(f"https://union.example/activities/{number}"),
        "actor": OURS,
        "object": NOTE,
        "serial": str(number),
        "boosted_at": after(),
    }
    return Boost(**{**given, **changes})  # type: ignore[arg-type]


def a_pin(number: int = 1, **changes: object) -> Pin:
    given = {
        "object": a_post(number).id,
        "actor": OURS,
        "activity": ActivityId(f"https://union.example/activities/9{number}"),
        "place": number,
    }
    return Pin(**{**given, **changes})  # type: ignore[arg-type]


def serials(found: list[Boost]) -> list[str]:
    return [boost.serial for boost in found]


async def test_an_actor_boosts_a_thing_once_and_others_may_too(store: Store) -> None:
    assert await store.add_boost(a_boost(1))
    assert not await store.add_boost(a_boost(1))
    assert not await store.add_boost(a_boost(2))
    assert await store.add_boost(a_boost(3, actor=OTHER_OURS))
    assert (await store.count_boosts(OURS), await store.count_boosts(OTHER_OURS)) == (1, 1)
    assert a_boost(1) == await store.find_boost(OURS, NOTE)


async def test_a_boost_is_found_by_the_page_of_what_it_passes_on(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(ANNA))
    await store.save_remote_post(a_remote_post(id=NOTE, url="https://peer.example/@anna/1"))
    await store.add_boost(a_boost())
    assert a_boost() == await store.find_boost(OURS, "https://peer.example/@anna/1")
    assert await store.find_boost(OTHER_OURS, "https://peer.example/@anna/1") is None
    assert await store.find_boost(OURS, "https://peer.example/@anna/2") is None


async def test_a_boost_taken_back_stands_no_more(store: Store) -> None:
    await store.add_boost(a_boost())
    assert await store.has_boost(a_boost().activity)
    assert await store.remove_boost(a_boost().activity)
    assert not await store.remove_boost(a_boost().activity)
    assert not await store.has_boost(a_boost().activity)
    assert await store.add_boost(a_boost(2))


async def test_boosts_are_sorted_as_numbers_and_of_all_without_those_of_our_own_updates(store: Store) -> None:
    await store.save_post(a_post())
    await store.add_boost(a_boost(9))
    await store.add_boost(a_boost(10, object=ObjectId("https://peer.example/notes/2")))
    await store.add_boost(a_boost(11, object=a_post().id))
    assert serials(await store.list_boosts(OURS, before=None, limit=9)) == ["11", "10", "9"]
    assert serials(await store.list_boosts(OURS, before="10", limit=9)) == ["9"]
    assert serials(await store.list_boosts(None, before=None, limit=1)) == ["10"]
    assert serials(await store.list_boosts(None, before="9" * 40, limit=9)) == ["10", "9"]


async def test_the_update_pinned_last_comes_first_and_a_retracted_one_never(store: Store) -> None:
    for number in (1, 2, 3):
        await store.save_post(a_post(number, retracted_at=after() if number == 2 else None))
        await store.save_pin(a_pin(number, place=10 - number))
    assert [post.serial for post in await store.list_pinned(OURS)] == ["1", "3"]
    assert await store.list_pinned(OTHER_OURS) == []
    assert a_pin(3, place=7) == await store.find_pin(a_post(3).id)


async def test_an_update_taken_off_is_not_pinned_any_more(store: Store) -> None:
    await store.save_post(a_post())
    await store.save_pin(a_pin())
    assert await store.remove_pin(a_post().id)
    assert not await store.remove_pin(a_post().id)
    assert (await store.find_pin(a_post().id), await store.list_pinned(OURS)) == (None, [])


async def test_rows_of_the_log_are_dropped_together(store: Store) -> None:
    await store.save_post(a_post())
    await store.save_pin(a_pin())
    await store.add_boost(a_boost())
    await store.drop_posts()
    assert (await store.find_pin(a_post().id), await store.count_boosts(OURS)) == (None, 0)


async def test_words_kept_for_a_boost_are_forgotten_some_time_after_it(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(ANNA))
    await store.save_remote_post(a_remote_post(id=NOTE, in_timeline=False, comment_on=None, comment_state=None))
    await store.add_boost(a_boost())
    await store.remove_leftovers(before=after(days=30), limit=9)
    assert await store.find_remote_post(NOTE) is not None
    await store.remove_boost(a_boost().activity)
    await store.remove_leftovers(before=after(days=-30), limit=9)
    assert await store.find_remote_post(NOTE) is not None
    await store.remove_leftovers(before=after(days=30), limit=9)
    assert await store.find_remote_post(NOTE) is None
