"""Whoever was sent an update must get its retraction, however late: its deliveries stay while it stands."""

import pytest

from storage.store import Store
from tests.storage.making import NOON, a_delivery, a_post, a_result, after
from tests.storage.queueing import add, claim, states

UPDATE = a_post(1).id


async def deliver(store: Store, *numbers: int, days: float) -> None:
    """Deliver activities about the update so many days after noon, each to a host of its own."""
    due = after(days=days)
    await add(store, *(a_delivery(n, f"{n}.example", object=UPDATE, due_at=due) for n in numbers), minutes=days * 1440)
    await store.finish_deliveries([a_result(one) for one in await claim(store, minutes=days * 1440)])


async def forget(store: Store, *, days: float) -> int:
    return await store.remove_deliveries(finished_before=after(days=days), limit=99)


@pytest.mark.parametrize("post_comes_first", [True, False])
async def test_old_deliveries_of_an_update_that_stands_are_kept(store: Store, post_comes_first: bool) -> None:
    if post_comes_first:
        await store.save_post(a_post(1))
    await deliver(store, 1, 2, days=0)
    if not post_comes_first:
        await store.save_post(a_post(1))
    assert await forget(store, days=300) == 0
    inboxes = await store.list_object_inboxes(UPDATE, after=None, limit=9)
    assert inboxes == ["https://1.example/inbox", "https://2.example/inbox"]


async def test_deliveries_of_an_edited_update_are_kept_like_the_first(store: Store) -> None:
    await store.save_post(a_post(1))
    await deliver(store, 1, days=0)
    await store.save_post(a_post(1, updated_at=after(days=1)))
    await deliver(store, 2, days=1)
    assert await forget(store, days=300) == 0


async def test_after_a_retraction_they_stay_until_it_is_old_itself(store: Store) -> None:
    await store.save_post(a_post(1))
    await deliver(store, 1, days=0)
    await store.save_post(a_post(1, retracted_at=after(days=200)))
    await deliver(store, 2, days=201)
    assert await forget(store, days=200) == 0
    assert await forget(store, days=200.5) == 1
    assert await states(store) == {"2": "delivered"}
    assert await forget(store, days=202) == 1


async def test_what_was_sent_after_a_retraction_grows_old_from_its_own_making(store: Store) -> None:
    await deliver(store, 1, days=9)
    await store.save_post(a_post(1))
    await store.save_post(a_post(1, retracted_at=after(days=1)))
    assert await forget(store, days=9) == 0
    assert await forget(store, days=9.1) == 1


async def test_dropping_the_pages_to_make_them_again_forgets_no_delivery(store: Store) -> None:
    await store.save_post(a_post(1))
    await deliver(store, 1, days=0)
    await store.drop_posts()
    assert await forget(store, days=300) == 0
    await store.save_post(a_post(1))
    await store.save_post(a_post(1, retracted_at=after(days=300)))
    assert (await forget(store, days=300), await forget(store, days=301)) == (0, 1)


async def test_deliveries_of_other_objects_are_forgotten_all_the_same(store: Store) -> None:
    await store.save_post(a_post(2))
    await store.save_post(a_post(1, retracted_at=NOON))
    await deliver(store, 1, days=1)
    assert await forget(store, days=2) == 1
