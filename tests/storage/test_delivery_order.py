"""Deliveries of one object to one inbox: one after the other, and what a Delete cancels."""

import pytest

from storage.ids import InboxUrl
from storage.store import Store
from tests.storage.making import (
    a_delivery,
    a_result,
    after,
)
from tests.storage.queueing import NOTE, add, claim, numbers, states


async def test_deliveries_of_one_object_to_one_inbox_go_one_after_the_other(store: Store) -> None:
    for number, kind in ((1, "Create"), (2, "Update"), (3, "Update")):
        await add(store, a_delivery(number, object=NOTE, type=kind, due_at=after(minutes=-number)))
    for expected in ("1", "2", "3"):
        (claimed,) = await claim(store)
        assert claimed.activity[-1] == expected
        assert await claim(store) == []
        await store.finish_deliveries([a_result(claimed)])
    assert await claim(store) == []


async def test_a_retry_holds_back_what_comes_after_it(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE))
    (first,) = await claim(store)
    await store.finish_deliveries([a_result(first, state="waiting", due_at=after(hours=1))])
    assert await claim(store, minutes=59) == []
    assert after(hours=1) == await store.next_delivery_due(busy=[])
    assert numbers(await claim(store, minutes=60)) == ["1"]


@pytest.mark.parametrize("state", ["delivered", "dead", "cancelled"])
async def test_whatever_ends_a_delivery_lets_the_next_one_go(store: Store, state: str) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE))
    (first,) = await claim(store)
    await store.finish_deliveries([a_result(first, state=state)])
    assert numbers(await claim(store)) == ["2"]


async def test_other_inboxes_and_other_objects_do_not_wait(store: Store) -> None:
    await add(
        store,
        a_delivery(1, object=NOTE),
        a_delivery(2, object=NOTE, inbox=InboxUrl("https://peer.example/users/anna/inbox")),
        a_delivery(3),
    )
    assert numbers(await claim(store)) == ["1", "2", "3"]


async def test_a_delete_cancels_what_waits_before_it(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE), a_delivery(3))
    await add(store, a_delivery(4, object=NOTE, type="Delete"))
    assert await states(store) == {"1": "cancelled", "2": "cancelled", "3": "waiting", "4": "waiting"}
    assert numbers(await claim(store)) == ["3", "4"]


async def test_a_delete_cancels_within_one_call_too(store: Store) -> None:
    assert (
        await add(
            store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE, type="Delete"), a_delivery(3, object=NOTE)
        )
        == 3
    )
    assert await states(store) == {"1": "cancelled", "2": "waiting", "3": "waiting"}
    assert numbers(await claim(store)) == ["2"]


async def test_a_delete_leaves_other_inboxes_and_what_is_done_alone(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE))
    await store.finish_deliveries([a_result(one) for one in await claim(store)])
    await add(store, a_delivery(2, "other.example", object=NOTE), a_delivery(3, object=NOTE, type="Delete"))
    assert await states(store) == {"1": "delivered", "2": "waiting", "3": "waiting"}


async def test_a_delete_known_already_cancels_nothing(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE, type="Delete"))
    await store.finish_deliveries([a_result(one) for one in await claim(store)])
    await add(store, a_delivery(2, object=NOTE), a_delivery(1, object=NOTE, type="Delete"))
    assert await states(store) == {"1": "delivered", "2": "waiting"}


async def test_a_delete_waits_for_what_is_lent_and_cancels_it_when_it_comes_back(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE))
    (lent,) = await claim(store)
    await add(store, a_delivery(3, object=NOTE, type="Delete"), minutes=1)
    assert await states(store) == {"1": "waiting", "2": "cancelled", "3": "waiting"}
    assert await claim(store, minutes=1) == []
    assert await store.finish_deliveries([a_result(lent, state="waiting", due_at=after(hours=1))]) == 1
    assert await states(store) == {"1": "cancelled", "2": "cancelled", "3": "waiting"}
    assert numbers(await claim(store, minutes=1)) == ["3"]


async def test_a_delete_takes_a_lapsed_lease_for_none(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE))
    (lent,) = await claim(store)
    await add(store, a_delivery(2, object=NOTE, type="Delete", due_at=after(minutes=5)), minutes=5)
    assert await states(store) == {"1": "cancelled", "2": "waiting"}
    assert numbers(await claim(store, minutes=5)) == ["2"]
    assert await store.finish_deliveries([a_result(lent)]) == 0
