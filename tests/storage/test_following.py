from storage.ids import ActivityId
from storage.store import Store
from tests.storage.making import ANNA, BELA, OTHER_OURS, OURS, a_following, after

ASKED = a_following().activity


async def test_a_follow_of_ours_is_new_once(store: Store) -> None:
    assert await store.save_following(a_following()) is True
    changed = a_following(state="refused", asked_at=after(days=1))
    assert await store.save_following(changed) is False
    assert changed == await store.find_following(OURS, ANNA)


async def test_whom_we_do_not_follow_is_none(store: Store) -> None:
    await store.save_following(a_following())
    assert await store.find_following(OTHER_OURS, ANNA) is None


async def test_an_answer_to_our_follow_is_kept(store: Store) -> None:
    await store.save_following(a_following())
    assert await store.set_following_state(ASKED, ANNA, "accepted") is True
    assert a_following(state="accepted") == await store.find_following(OURS, ANNA)


async def test_an_answer_to_what_we_did_not_ask_changes_nothing(store: Store) -> None:
    await store.save_following(a_following())
    assert await store.set_following_state(ASKED, BELA, "accepted") is False
    assert await store.set_following_state(ActivityId("x:other"), ANNA, "accepted") is False
    assert a_following() == await store.find_following(OURS, ANNA)


async def test_only_accepted_follows_count_as_followed(store: Store) -> None:
    await store.save_following(a_following(ANNA, state="accepted"))
    await store.save_following(a_following(BELA))
    assert (await store.is_followed(ANNA), await store.is_followed(BELA)) == (True, False)


async def test_unfollowing_removes_the_pair(store: Store) -> None:
    await store.save_following(a_following())
    assert await store.remove_following(OURS, ANNA) is True
    assert await store.remove_following(OURS, ANNA) is False


async def test_an_actor_that_is_gone_is_followed_by_none_of_ours(store: Store) -> None:
    await store.save_following(a_following(ANNA))
    await store.save_following(a_following(ANNA, actor=OTHER_OURS, state="accepted"))
    await store.save_following(a_following(BELA))
    assert await store.remove_following_everywhere(ANNA) == 2
    assert await store.remove_following_everywhere(ANNA) == 0
    assert [a_following(BELA)] == await store.list_following()


async def test_following_is_listed_oldest_first_of_one_actor_or_of_all(store: Store) -> None:
    await store.save_following(a_following(ANNA, asked_at=after(days=2)))
    await store.save_following(a_following(BELA, asked_at=after(days=1)))
    await store.save_following(a_following(ANNA, actor=OTHER_OURS))
    assert [one.follows for one in await store.list_following(OURS)] == [BELA, ANNA]
    assert [one.actor for one in await store.list_following()] == [OTHER_OURS, OURS, OURS]
