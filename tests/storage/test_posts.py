import pytest

from storage.ids import ActorId
from storage.records import Post
from storage.store import Store
from tests.storage.making import OTHER_OURS, OURS, a_post, after


def serials(posts: list[Post]) -> list[str]:
    return [post.serial for post in posts]


async def test_a_post_is_read_back_whole(store: Store) -> None:
    post = a_post(serial="117000000000000042", updated_at=after(hours=1), warning="Achtung")
    await store.save_post(post)
    assert post == await store.find_post(post.id)


async def test_an_unknown_post_is_none(store: Store) -> None:
    assert await store.find_post(a_post().id) is None


async def test_saving_replaces_the_post_and_its_tags(store: Store) -> None:
    await store.save_post(a_post(tags=("old", "kept")))
    await store.save_post(a_post(tags=("kept", "new", "new")))
    found = [tag for tag in ("old", "kept", "new") if await store.list_posts(None, before=None, limit=9, tag=tag)]
    assert found == ["kept", "new"]
    assert await store.count_posts(None) == 1


async def test_posts_are_sorted_as_numbers_newest_first(store: Store) -> None:
    for number in (9, 10, 100):
        await store.save_post(a_post(number))
    assert serials(await store.list_posts(None, before=None, limit=9)) == ["100", "10", "9"]
    assert serials(await store.list_posts(OURS, before="100", limit=9)) == ["10", "9"]
    assert serials(await store.list_posts(OURS, before="100", limit=1)) == ["10"]


async def test_a_serial_beyond_all_serials_is_no_error(store: Store) -> None:
    await store.save_post(a_post())
    assert serials(await store.list_posts(None, before="9" * 40, limit=9)) == ["1"]


async def test_posts_are_listed_by_actor_and_by_tag(store: Store) -> None:
    await store.save_post(a_post(1, tags=("lohn",)))
    await store.save_post(a_post(2, tags=("lohn", "streik"), actor=OTHER_OURS))
    assert serials(await store.list_posts(OURS, before=None, limit=9)) == ["1"]
    assert serials(await store.list_posts(None, before=None, limit=9, tag="lohn")) == ["2", "1"]
    assert serials(await store.list_posts(OTHER_OURS, before=None, limit=9, tag="lohn")) == ["2"]
    assert await store.list_posts(OURS, before=None, limit=9, tag="streik") == []


async def test_posts_of_a_tag_are_sorted_as_numbers_and_paged(store: Store) -> None:
    for number in (9, 100, 10):
        await store.save_post(a_post(number))
    assert serials(await store.list_posts(None, before=None, limit=2, tag="streik")) == ["100", "10"]
    assert serials(await store.list_posts(OURS, before="10", limit=9, tag="streik")) == ["9"]


@pytest.mark.parametrize("tag", [None, "streik"])
async def test_a_retracted_post_is_found_but_not_listed(store: Store, tag: str | None) -> None:
    retracted = a_post(retracted_at=after(days=1), text="", html="")
    await store.save_post(a_post())
    await store.save_post(retracted)
    assert await store.list_posts(OURS, before=None, limit=9, tag=tag) == []
    assert retracted == await store.find_post(retracted.id)


async def test_posts_not_retracted_are_counted(store: Store) -> None:
    await store.save_post(a_post(1))
    await store.save_post(a_post(2, retracted_at=after(days=1)))
    await store.save_post(a_post(3, actor=OTHER_OURS))
    assert (await store.count_posts(OURS), await store.count_posts(None)) == (1, 2)


async def test_dropped_posts_leave_nothing_and_can_be_made_again(store: Store) -> None:
    await store.save_post(a_post())
    await store.drop_posts()
    assert await store.find_post(a_post().id) is None
    await store.save_post(a_post())
    assert [a_post()] == await store.list_posts(None, before=None, limit=9, tag="streik")


async def test_the_next_post_is_the_oldest_above_of_the_same_actor(store: Store) -> None:
    for number in (9, 10, 12):
        await store.save_post(a_post(number))
    await store.save_post(a_post(11, actor=OTHER_OURS))
    await store.save_post(a_post(10, retracted_at=after(hours=1)))
    found = await store.find_next_post(OURS, after="9")
    assert found is not None
    assert "12" == found.serial
    assert [None, None] == [await store.find_next_post(OURS, after=after_) for after_ in ("12", "9" * 40)]


async def test_each_actors_newest_post_and_how_many_there_are(store: Store) -> None:
    for number in (9, 10):
        await store.save_post(a_post(number))
    await store.save_post(a_post(10, retracted_at=after(hours=1)))
    await store.save_post(a_post(8, actor=OTHER_OURS))
    nobody = ActorId("https://union.example/actors/nobody")
    assert ["8", "9"] == serials(await store.list_newest_posts([OTHER_OURS, nobody, OURS]))
    assert {OURS: 1, OTHER_OURS: 1} == await store.count_posts_of_each()
