"""Who is to get an activity."""

from __future__ import annotations

from datetime import timedelta

from federation.delivery.recipients import NO_HOST, deliveries_for, follower_deliveries, object_deliveries
from storage.ids import ActivityId, ActorId, Host, InboxUrl
from storage.records import Follower
from storage.store import Store
from tests.federation.delivery.stage import CAMPAIGN, NOON, OWN_HOST, activity, inbox, inboxes, queue


def follower(number: int, host: str) -> Follower:
    return Follower(
        actor=ActorId(f"https://{host}/users/{number:05}"),
        follows=CAMPAIGN,
        activity=ActivityId(f"https://{host}/follows/{number}"),
        inbox=inbox(host, f"users/{number:05}/inbox"),
        shared_inbox=None,
        state="accepted",
        since=NOON,
    )


def test_each_inbox_gets_one_delivery_in_order() -> None:
    to = [inbox("b.test"), inbox("a.test"), inbox("b.test")]
    made = deliveries_for(activity(), to, own_hosts=(), due_at=NOON)
    assert to[:2] == [delivery.inbox for delivery in made]


def test_a_delivery_carries_what_the_queue_orders_and_signs_by() -> None:
    (made,) = deliveries_for(activity("Update"), [inbox("A.test:8443")], own_hosts=(), due_at=NOON)
    expected = ("Update", activity().object, CAMPAIGN, Host("a.test:8443"), NOON)
    assert expected == (made.type, made.object, made.actor, made.host, made.due_at)


def test_our_own_inboxes_get_none() -> None:
    to = [inbox("union.example"), inbox("UNION.example:443"), inbox("a.test")]
    made = deliveries_for(activity(), to, own_hosts={OWN_HOST}, due_at=NOON)
    assert [inbox("a.test")] == [delivery.inbox for delivery in made]


def test_an_inbox_without_a_host_is_queued_so_that_its_failure_is_seen() -> None:
    (made,) = deliveries_for(activity(), [InboxUrl("mailto:nobody")], own_hosts=(), due_at=NOON)
    assert made.host == NO_HOST


async def test_all_followers_are_reached_page_by_page(store: Store) -> None:
    for number in range(1002):
        await store.save_follower(follower(number, "a.test" if number else "union.example"))
    pages = [page async for page in follower_deliveries(store, activity(), own_hosts={OWN_HOST}, due_at=NOON)]
    assert [len(page) for page in pages] == [1000, 1]
    assert len({delivery.inbox for page in pages for delivery in page}) == 1001


async def test_whoever_got_the_object_gets_its_delete(store: Store) -> None:
    await queue(store, activity(), inboxes("a.test", 3))
    later = NOON + timedelta(days=1)
    pages = [page async for page in object_deliveries(store, activity("Delete"), own_hosts=(), due_at=later)]
    assert [inboxes("a.test", 3)] == [[delivery.inbox for delivery in page] for page in pages]
