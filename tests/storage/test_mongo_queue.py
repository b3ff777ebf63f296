"""The queues of a store that several processes share: what only they can show, on two stores of one address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage.errors import HeadMoved
from storage.ids import Host, Lease
from storage.mongo import delivery_claims, kept_bodies, log, pages
from storage.mongo.database import Scope
from storage.mongo.delivery_claims import finish
from storage.mongo.delivery_queue import queue_deliveries, require_place
from storage.mongo.driver import Collection
from storage.records import Delivery, Fence, NewDelivery, SavePost
from storage.store import Store
from tests.storage.making import (
    LEASE,
    NOON,
    OTHER_LEASE,
    a_delivery,
    a_post,
    a_received,
    a_result,
    after,
    an_activity,
)
from tests.storage.queueing import NOTE, PEER, add, claim, numbers, states
from tests.storage.two_on_mongo import a_moment_ago, database, is_refused


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def about_the_note(number: int, **changes: Any) -> NewDelivery:
    return a_delivery(number, object=NOTE, **changes)


def queueing(new: NewDelivery) -> Callable[[Scope], Awaitable[int]]:
    return lambda within: queue_deliveries(within, [new], now=NOON)


async def test_workers_that_claim_at_once_get_disjoint_parts_and_leave_nothing(here: Store, there: Store) -> None:
    await add(here, *(a_delivery(number, f"{number % 20}.example") for number in range(200)))

    async def work(store: Store, lease: str) -> list[int]:
        lent: list[int] = []
        while some := await claim(store, lease=Lease(lease), limit=20, per_host=5):
            lent += [one.serial for one in some]
        return lent

    workers = ((here, "a"), (here, "b"), (there, "c"), (there, "d"))
    parts = await asyncio.gather(*(work(store, lease) for store, lease in workers))
    lent = sorted(serial for part in parts for serial in part)
    assert [one.serial for one in reversed(await here.list_deliveries(None, None, after=None, limit=999))] == lent


async def test_a_worker_that_lost_the_race_looks_for_others(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(here, *(a_delivery(number, f"{number}.example") for number in range(20)))
    lend = delivery_claims._lend
    faster: list[Delivery] = []

    async def lend_late(*given: Any) -> Any:
        monkeypatch.setattr(delivery_claims, "_lend", lend)
        faster.extend(await claim(there, lease=OTHER_LEASE, limit=5))
        return await lend(*given)

    monkeypatch.setattr(delivery_claims, "_lend", lend_late)
    late = await claim(here, limit=5)
    assert (5, 5) == (len(faster), len(late))
    assert {one.serial for one in late}.isdisjoint(one.serial for one in faster)


async def test_a_hot_host_is_passed_over_without_reading_its_queue(
    here: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(here, *(a_delivery(number, object=f"o{number}") for number in range(300)))
    await add(here, a_delivery(1, "other.example", due_at=after(minutes=1)))
    read: list[int] = []
    find = Collection.find

    async def counted(self: Collection, *given: Any, **named: Any) -> Any:
        found = await find(self, *given, **named)
        read.append(len(found))
        return found

    monkeypatch.setattr(Collection, "find", counted)
    lent = await claim(here, minutes=1, limit=5, per_host=2)
    assert [PEER, PEER, Host("other.example")] == [one.host for one in lent]
    assert sum(read) == 20 + 1 + 3


async def test_an_open_store_leaves_what_others_hold_alone(here: Store, there: Store) -> None:
    await add(here, a_delivery())
    await here.add_received(a_received())
    assert numbers(await claim(here)) == ["1"]
    await here.claim_received(now=NOON, until=after(minutes=5), lease=LEASE, limit=1)
    assert await claim(there, lease=OTHER_LEASE) == []
    assert await there.claim_received(now=NOON, until=after(minutes=5), lease=OTHER_LEASE, limit=1) == []


async def test_a_lapsed_lease_is_taken_over_and_its_worker_comes_too_late(here: Store, there: Store) -> None:
    await add(here, a_delivery())
    (late,) = await claim(here)
    (current,) = await claim(there, minutes=5, lease=OTHER_LEASE)
    assert await here.finish_deliveries([a_result(late, state="dead")]) == 0
    assert await there.finish_deliveries([a_result(current)]) == 1
    assert await states(here) == {"1": "delivered"}


async def test_what_is_put_behind_a_delivery_that_ends_meanwhile_gets_its_turn(here: Store, there: Store) -> None:
    await add(here, about_the_note(1))
    (lent,) = await claim(here)
    async with a_moment_ago(there) as earlier:
        await here.finish_deliveries([a_result(lent)])
        assert await is_refused(earlier, queueing(about_the_note(2)))
    await add(there, about_the_note(2))
    assert numbers(await claim(here)) == ["2"]


async def test_what_ends_while_another_is_put_behind_it_gives_the_turn_on(here: Store, there: Store) -> None:
    await add(here, about_the_note(1))
    (lent,) = await claim(here)
    async with a_moment_ago(here) as earlier:
        await add(there, about_the_note(2))
        assert await is_refused(earlier, lambda within: finish(within, [a_result(lent)]))
    assert await here.finish_deliveries([a_result(lent)]) == 1
    assert numbers(await claim(here)) == ["2"]


async def test_of_two_that_find_an_empty_line_one_stands_behind_the_other(here: Store, there: Store) -> None:
    async with a_moment_ago(there) as earlier:
        await add(here, about_the_note(1))
        assert await is_refused(earlier, queueing(about_the_note(2)))
    await database(there).transact(queueing(about_the_note(2)))
    assert numbers(await claim(here)) == ["1"]
    assert await here.check() == []


async def test_a_delete_and_a_claim_that_meet_lend_one_of_the_two(here: Store, there: Store) -> None:
    await add(here, about_the_note(1))
    async with a_moment_ago(there) as earlier:
        assert numbers(await claim(here)) == ["1"]
        assert await is_refused(earlier, queueing(about_the_note(2, type="Delete")))
    await add(there, about_the_note(2, type="Delete"))
    assert await states(here) == {"1": "waiting", "2": "waiting"}
    assert await claim(there, lease=OTHER_LEASE) == []


async def test_a_line_that_grows_while_it_is_worked_off_ends_with_everything_delivered_in_order(
    here: Store, there: Store
) -> None:
    delivered: list[int] = []
    growing = asyncio.gather(*(add(store, about_the_note(n)) for n in range(1, 9) for store in (here, there)))

    async def work(store: Store, lease: str) -> None:
        while not growing.done() or await store.list_waiting_hosts():
            for one in await claim(store, lease=Lease(lease)):
                delivered.append(one.serial)
                assert await store.finish_deliveries([a_result(one)]) == 1

    await asyncio.gather(growing, work(here, "a"), work(there, "b"))
    assert (8, sorted(delivered)) == (len(delivered), delivered)
    assert await here.count_deliveries() == {"waiting": 0, "delivered": 8, "dead": 0, "cancelled": 0}


async def test_a_fence_holds_while_its_reader_moves(here: Store, there: Store) -> None:
    await here.advance_cursor("deliveries", expecting=0, to=1)
    async with a_moment_ago(there) as earlier:
        await here.advance_cursor("deliveries", expecting=1, to=2)
        assert await is_refused(earlier, lambda within: require_place(within, Fence(name="deliveries", place=1)))
    with pytest.raises(HeadMoved, match="stands at 2, not at 1"):
        await there.add_deliveries([a_delivery()], now=NOON, fence=Fence(name="deliveries", place=1))


async def test_a_fence_where_nobody_has_read_yet_holds_too(here: Store, there: Store) -> None:
    async with a_moment_ago(there) as earlier:
        await here.advance_cursor("deliveries", expecting=0, to=1)
        assert await is_refused(earlier, lambda within: require_place(within, Fence(name="deliveries", place=0)))


async def test_a_host_is_cancelled_with_what_is_queued_for_it_meanwhile(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(here, about_the_note(1))
    update_all, rounds = Collection.update_all, []

    async def slow(self: Collection, *given: Any) -> int:
        rounds.append(1)
        if len(rounds) == 1:
            count = await update_all(self, {"state": "waiting", "activity": about_the_note(1).activity}, given[1])
            await add(there, about_the_note(2))
            return count
        return await update_all(self, *given)

    monkeypatch.setattr(Collection, "update_all", slow)
    assert await here.cancel_host_deliveries(PEER) == 2
    assert await states(here) == {"1": "cancelled", "2": "cancelled"}


async def test_deliveries_of_an_update_saved_at_the_moment_they_were_queued_are_kept(here: Store) -> None:
    await here.save_post(a_post(1))
    await add(here, a_delivery(1))
    await here.finish_deliveries([a_result(one) for one in await claim(here)])
    await Scope(database(here).client)["deliveries"].update_all({}, {"$set": {"needed_until": 0}})
    assert await here.remove_deliveries(finished_before=after(days=300), limit=9) == 0
    assert await states(here) == {"1": "delivered"}
    await here.save_post(a_post(1, retracted_at=after(days=1)))
    assert await here.remove_deliveries(finished_before=after(days=300), limit=9) == 1


async def deliver_and_forget(store: Store) -> int:
    await store.finish_deliveries([a_result(one) for one in await claim(store)])
    return await store.remove_deliveries(finished_before=after(days=9), limit=9)


async def test_what_is_queued_while_its_update_is_taken_back_grows_old_too(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.project("pages", expecting=0, changes=[SavePost(post=a_post())])
    written = log._project

    async def slow(*given: Any) -> bool:
        await add(there, a_delivery(object=a_post().id))
        return await written(*given)

    monkeypatch.setattr(log, "_project", slow)
    assert await here.project("pages", expecting=1, changes=[SavePost(post=a_post(retracted_at=NOON))])
    assert await deliver_and_forget(there) == 1


async def test_a_slow_reader_does_not_keep_what_was_taken_back_since(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(there, a_delivery(object=a_post().id))

    async def passed(_name: str) -> int:
        for place, at in enumerate((None, NOON)):
            assert await there.project("pages", expecting=place, changes=[SavePost(post=a_post(retracted_at=at))])
        return 0

    monkeypatch.setattr(here, "get_cursor", passed)
    assert not await here.project("pages", expecting=0, changes=[SavePost(post=a_post())])
    assert await deliver_and_forget(there) == 1


async def test_what_is_queued_at_this_very_moment_is_not_purged(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.add_activity(an_activity(), [])
    looks, look = 0, pages.list_present

    async def queued_meanwhile(*asked: Any) -> set[Any]:
        nonlocal looks
        looks += 1
        waited_for: set[Any] = await look(*asked)
        if looks == 1:
            assert await there.add_deliveries([a_delivery()], now=NOON) == 1
        return waited_for

    monkeypatch.setattr(kept_bodies, "list_present", queued_meanwhile)
    assert await here.purge_activities([an_activity().id]) == 0
    assert (2, an_activity()) == (looks, await here.find_activity(an_activity().id))
