"""Which files the pictures of updates are: written with the update, gone with it."""

from dataclasses import replace

import pytest

from storage.store import Store
from tests.storage.making import OURS, a_file, a_picture, a_post, after


async def test_pictures_come_back_with_their_post_in_order_wherever_it_is_read(store: Store) -> None:
    post = a_post(pictures=(a_picture(3, preview=4), a_picture(1), a_picture(2, preview=5, alt="")))
    await store.save_post(post)
    await store.save_post(a_post(2))
    assert post == await store.find_post(post.id)
    assert [a_post(2), post] == await store.list_posts(None, before=None, limit=9)
    assert [a_post(2), post] == await store.list_posts(OURS, before=None, limit=9, tag="streik")


async def test_a_file_is_found_as_picture_and_as_preview(store: Store) -> None:
    await store.save_post(a_post(pictures=(a_picture(1, preview=2),)))
    assert (a_file(1), a_file(2, width=64), None) == (
        await store.find_media(a_file(1).digest),
        await store.find_media(a_file(2).digest),
        await store.find_media(a_file(3).digest),
    )


async def test_other_pictures_replace_the_old_ones(store: Store) -> None:
    await store.save_post(a_post(pictures=(a_picture(1, preview=2), a_picture(3))))
    await store.save_post(a_post(pictures=(a_picture(4),)))
    assert [a_file(4)] == await store.list_media(after=None, limit=9)


async def test_a_retracted_post_names_no_file(store: Store) -> None:
    post = a_post(pictures=(a_picture(1),))
    await store.save_post(post)
    await store.save_post(replace(post, retracted_at=after(hours=1)))
    assert (None, []) == (await store.find_media(a_file(1).digest), await store.list_media(after=None, limit=9))


async def test_a_file_of_two_posts_is_listed_once_and_stays_with_the_other(store: Store) -> None:
    for number in (1, 2):
        await store.save_post(a_post(number, pictures=(a_picture(1), a_picture(1))))
    assert [a_file(1)] == await store.list_media(after=None, limit=9)
    await store.save_post(a_post(1))
    assert a_file(1) == await store.find_media(a_file(1).digest)


@pytest.mark.parametrize("limit", [1, 2, 9])
async def test_files_are_listed_by_digest_and_paged(store: Store, limit: int) -> None:
    await store.save_post(a_post(pictures=tuple(a_picture(number) for number in (3, 1, 2))))
    found, last = [], None
    while page := await store.list_media(after=last, limit=limit):
        assert len(page) <= limit
        found += page
        last = page[-1].digest
    assert [a_file(1), a_file(2), a_file(3)] == found


async def test_dropping_posts_drops_what_their_pictures_are(store: Store) -> None:
    await store.save_post(a_post(pictures=(a_picture(1),)))
    await store.drop_posts()
    assert [] == await store.list_media(after=None, limit=9)
