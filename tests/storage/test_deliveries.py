"""The queue outwards: what is lent, in which order, and what becomes of it."""

from storage.ids import Host, InboxUrl
from storage.records import Delivery
from storage.store import Store
from tests.storage.making import (
    LEASE,
    NOON,
    OTHER_LEASE,
    a_delivery,
    a_result,
    after,
    an_activity,
)
from tests.storage.queueing import NOTE, PEER, add, claim, numbers, states


async def test_a_delivery_is_found_by_what_it_brings_and_where(store: Store) -> None:
    new = a_delivery()
    await store.add_deliveries([new], now=after())
    found = await store.find_delivery(new.activity, new.inbox)
    assert found is not None
    assert (new.activity, new.inbox, "waiting") == (found.activity, found.inbox, found.state)
    assert await store.find_delivery(new.activity, InboxUrl(f"{new.inbox}/2")) is None
    assert await store.is_waiting(new.activity)
    await store.cancel_host_deliveries(new.host)
    assert not await store.is_waiting(new.activity)


async def test_a_delivery_is_queued_once(store: Store) -> None:
    assert await add(store, a_delivery()) == 1
    assert await add(store, a_delivery(), a_delivery(1, "other.example"), a_delivery()) == 1
    assert await add(store, a_delivery(), minutes=9) == 0
    assert await add(store) == 0
    assert len(await store.list_deliveries(None, None, after=None, limit=9)) == 2


async def test_a_claimed_delivery_carries_all_it_was_made_with(store: Store) -> None:
    await add(store, a_delivery(), minutes=-1)
    (claimed,) = await claim(store)
    made = a_delivery()
    expected = Delivery(
        serial=claimed.serial,
        activity=made.activity,
        inbox=made.inbox,
        host=made.host,
        actor=made.actor,
        object=made.object,
        type=made.type,
        state="waiting",
        attempts=0,
        due_at=after(minutes=5),
        made_at=after(minutes=-1),
        first_failed_at=None,
        gone_answers=0,
        error=None,
        lease=LEASE,
    )
    assert expected == claimed
    assert [expected] == await store.list_deliveries(None, None, after=None, limit=9)


async def test_what_is_lent_is_not_lent_twice_until_the_lease_lapses(store: Store) -> None:
    await add(store, a_delivery())
    assert numbers(await claim(store)) == ["1"]
    assert await claim(store, minutes=4.9, lease=OTHER_LEASE) == []
    assert numbers(await claim(store, minutes=5, lease=OTHER_LEASE)) == ["1"]


async def test_nothing_is_lent_before_it_is_due(store: Store) -> None:
    await add(store, a_delivery(due_at=after(minutes=1)))
    assert await claim(store, minutes=0.9) == []
    assert numbers(await claim(store, minutes=1)) == ["1"]


async def test_the_oldest_due_goes_first_across_hosts_and_within_one(store: Store) -> None:
    due = {1: ("a.example", 4), 2: ("b.example", 1), 3: ("a.example", 2), 4: ("b.example", 3)}
    for number, (host, minutes) in due.items():
        await add(store, a_delivery(number, host, due_at=after(minutes=minutes)))
    assert numbers(await claim(store, minutes=9)) == ["2", "3", "4", "1"]


async def test_of_those_due_together_the_one_made_first_goes_first(store: Store) -> None:
    await add(store, *(a_delivery(number, f"{9 - number}.example") for number in (1, 2, 3)))
    assert numbers(await claim(store, limit=2)) == ["1", "2"]
    assert numbers(await claim(store, limit=2)) == ["3"]


async def test_a_limit_is_filled_from_one_host_when_it_may_be(store: Store) -> None:
    await add(store, *(a_delivery(number) for number in range(1, 6)))
    assert numbers(await claim(store, limit=3)) == ["1", "2", "3"]


async def test_no_host_gets_more_than_its_share(store: Store) -> None:
    await add(store, *(a_delivery(number) for number in (1, 2, 3)), a_delivery(4, "other.example"))
    assert numbers(await claim(store, per_host=2)) == ["1", "2", "4"]


async def test_a_busy_host_is_left_out(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2, "other.example"))
    assert numbers(await claim(store, busy=("peer.example", "unknown.example"))) == ["2"]
    assert await claim(store, busy=("peer.example",)) == []
    assert numbers(await claim(store)) == ["1"]


async def test_a_result_is_written_whole(store: Store) -> None:
    await add(store, a_delivery())
    (claimed,) = await claim(store)
    result = a_result(
        claimed,
        state="waiting",
        due_at=after(hours=2),
        attempts=3,
        first_failed_at=NOON,
        gone_answers=2,
        error="It answered 404.",
        first_refused_at=after(hours=1),
    )
    assert await store.finish_deliveries([result]) == 1
    (kept,) = await store.list_deliveries(None, None, after=None, limit=9)
    fields = (kept.state, kept.due_at, kept.attempts, kept.first_failed_at, kept.gone_answers, kept.error)
    assert ("waiting", after(hours=2), 3, NOON, 2, "It answered 404.") == fields
    assert (kept.lease, kept.first_refused_at) == (None, after(hours=1))


async def test_a_late_worker_changes_nothing(store: Store) -> None:
    await add(store, a_delivery())
    (late,) = await claim(store)
    (current,) = await claim(store, minutes=5, lease=OTHER_LEASE)
    assert await store.finish_deliveries([a_result(late, state="dead")]) == 0
    assert [current] == await store.list_deliveries(None, None, after=None, limit=9)
    assert await store.finish_deliveries([a_result(current)]) == 1


async def test_a_result_is_written_once(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2))
    one, two = await claim(store)
    assert await store.finish_deliveries([a_result(one)]) == 1
    assert await store.finish_deliveries([a_result(one, state="dead"), a_result(two)]) == 1
    assert await store.finish_deliveries([]) == 0
    assert await states(store) == {"1": "delivered", "2": "delivered"}


async def test_the_next_due_is_the_earliest_of_hosts_not_busy(store: Store) -> None:
    assert await store.next_delivery_due(busy=[]) is None
    await add(store, a_delivery(1, due_at=after(minutes=1)), a_delivery(2, "b.example", due_at=after(minutes=2)))
    assert after(minutes=1) == await store.next_delivery_due(busy=[])
    assert after(minutes=2) == await store.next_delivery_due(busy=[PEER])
    assert await store.next_delivery_due(busy=[PEER, Host("b.example")]) is None


async def test_what_is_lent_is_due_when_its_lease_lapses(store: Store) -> None:
    await add(store, a_delivery())
    (claimed,) = await claim(store)
    assert after(minutes=5) == await store.next_delivery_due(busy=[])
    await store.finish_deliveries([a_result(claimed)])
    assert await store.next_delivery_due(busy=[]) is None


async def test_a_resting_host_postpones_what_is_not_lent_and_is_due_sooner(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2), a_delivery(3, due_at=after(hours=3)), a_delivery(4, "b.example"))
    assert numbers(await claim(store, limit=1)) == ["1"]
    assert await store.postpone_host(PEER, until=after(hours=1)) == 1
    assert numbers(await claim(store)) == ["4"]
    rested = await claim(store, minutes=60)
    assert numbers(rested) == ["1", "4", "2"]
    await store.finish_deliveries([a_result(one) for one in rested])
    assert numbers(await claim(store, minutes=180)) == ["3"]


async def test_a_living_host_hastens_what_is_not_lent_and_is_due_later(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2, due_at=after(hours=1)), a_delivery(3, "b.example"))
    assert numbers(await claim(store)) == ["1", "3"]
    assert await store.hasten_host(PEER, now=NOON) == 1
    assert await store.hasten_host(PEER, now=NOON) == 0
    assert numbers(await claim(store)) == ["2"]


async def test_hastening_keeps_the_order_of_an_object(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE, due_at=after(hours=1)), a_delivery(2, object=NOTE))
    assert await store.hasten_host(PEER, now=NOON) == 1
    assert numbers(await claim(store)) == ["1"]


async def test_all_that_waits_for_a_host_is_cancelled_even_what_is_lent(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE), a_delivery(3, "b.example"))
    lent = await claim(store, limit=1)
    assert await store.cancel_host_deliveries(PEER) == 2
    assert await store.cancel_host_deliveries(PEER) == 0
    assert await store.finish_deliveries([a_result(one) for one in lent]) == 0
    assert await states(store) == {"1": "cancelled", "2": "cancelled", "3": "waiting"}
    assert numbers(await claim(store, minutes=60)) == ["3"]


async def test_deliveries_are_listed_newest_first_in_pages(store: Store) -> None:
    await add(store, *(a_delivery(number) for number in (1, 2, 3)))
    page = await store.list_deliveries(None, None, after=None, limit=2)
    assert numbers(page) == ["3", "2"]
    assert numbers(await store.list_deliveries(None, None, after=page[-1].serial, limit=2)) == ["1"]


async def test_deliveries_are_listed_by_activity_and_by_object(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE), a_delivery(2, object=NOTE), a_delivery(3))
    of_first = await store.list_deliveries(an_activity(1).id, None, after=None, limit=9)
    of_note = await store.list_deliveries(None, NOTE, after=None, limit=9)
    assert (numbers(of_first), numbers(of_note)) == (["1"], ["2", "1"])
    assert numbers(await store.list_deliveries(an_activity(2).id, NOTE, after=None, limit=9)) == ["2"]
    assert await store.list_deliveries(an_activity(3).id, NOTE, after=None, limit=9) == []


async def test_deliveries_are_counted_by_state(store: Store) -> None:
    assert await store.count_deliveries() == {"waiting": 0, "delivered": 0, "dead": 0, "cancelled": 0}
    await add(store, *(a_delivery(number) for number in (1, 2, 3, 4)), a_delivery(5, "b.example"))
    one, two, three, *_ = await claim(store)
    results = [a_result(one), a_result(two), a_result(three, state="dead")]
    await store.finish_deliveries(results)
    await store.cancel_host_deliveries(Host("b.example"))
    assert await store.count_deliveries() == {"waiting": 1, "delivered": 2, "dead": 1, "cancelled": 1}


async def test_inboxes_that_heard_of_an_object_are_listed_once_in_order(store: Store) -> None:
    for number, host in ((1, "b.example"), (2, "a.example"), (3, "b.example")):
        await add(store, a_delivery(number, host, object=NOTE))
    await add(store, a_delivery(4, "c.example"))
    await store.finish_deliveries([a_result(one) for one in await claim(store)])
    inboxes = await store.list_object_inboxes(NOTE, after=None, limit=9)
    assert inboxes == ["https://a.example/inbox", "https://b.example/inbox"]
    assert inboxes[1:] == await store.list_object_inboxes(NOTE, after=inboxes[0], limit=9)
    assert inboxes[:1] == await store.list_object_inboxes(NOTE, after=None, limit=1)


async def test_old_finished_deliveries_are_forgotten_but_dead_and_waiting_ones_stay(store: Store) -> None:
    await add(store, *(a_delivery(number) for number in (1, 2, 3, 4)), minutes=-60)
    one, two, three, _ = await claim(store)
    results = [a_result(one), a_result(two, state="cancelled"), a_result(three, state="dead")]
    await store.finish_deliveries(results)
    await add(store, a_delivery(5))
    await store.finish_deliveries([a_result(five) for five in await claim(store)])
    assert await store.remove_deliveries(finished_before=NOON, limit=1) == 1
    assert await store.remove_deliveries(finished_before=NOON, limit=9) == 1
    assert await store.remove_deliveries(finished_before=NOON, limit=9) == 0
    assert await states(store) == {"3": "dead", "4": "waiting", "5": "delivered"}


async def test_a_forgotten_serial_is_never_given_again(store: Store) -> None:
    await add(store, a_delivery(1), minutes=-60)
    (old,) = await claim(store)
    await store.finish_deliveries([a_result(old)])
    await store.remove_deliveries(finished_before=NOON, limit=9)
    await add(store, a_delivery(2))
    (new,) = await claim(store)
    assert old.serial < new.serial


async def test_a_claim_that_nobody_heard_of_is_taken_back_whole_and_no_other(store: Store) -> None:
    await add(store, *(a_delivery(number) for number in (1, 2, 3)))
    heard = await claim(store, lease=OTHER_LEASE, limit=1)
    assert len(await claim(store)) == 2
    now, until = after(minutes=1), after(minutes=5)
    assert await store.return_deliveries(LEASE, until=after(minutes=6), now=now) == 0
    assert await store.return_deliveries(LEASE, until=until, now=now) == 2
    assert await store.return_deliveries(LEASE, until=until, now=now) == 0
    assert await store.next_delivery_due(busy=()) == now
    assert numbers(await claim(store, minutes=1)) == ["2", "3"]
    assert await store.finish_deliveries([a_result(one, lease=OTHER_LEASE) for one in heard]) == 1


async def test_what_has_a_result_is_not_taken_back(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2))
    done, late = await claim(store)
    await store.finish_deliveries([a_result(done), a_result(late, state="waiting", due_at=after(hours=1))])
    assert await store.return_deliveries(LEASE, until=after(minutes=5), now=NOON) == 0
    assert await claim(store, minutes=59) == []
