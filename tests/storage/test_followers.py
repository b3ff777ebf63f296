from storage.ids import ActivityId, ActorId, InboxUrl
from storage.store import Store
from tests.storage.making import ANNA, BELA, OTHER_OURS, OURS, a_follower, after

SHARED = InboxUrl("https://peer.example/inbox")


async def test_a_follower_is_new_once(store: Store) -> None:
    assert await store.save_follower(a_follower()) is True
    assert await store.save_follower(a_follower()) is False
    assert a_follower() == await store.find_follower(ANNA, OURS)


async def test_saving_again_replaces_every_field(store: Store) -> None:
    await store.save_follower(a_follower())
    changed = a_follower(state="waiting", shared_inbox=SHARED, since=after(days=1))
    await store.save_follower(changed)
    assert changed == await store.find_follower(ANNA, OURS)


async def test_an_unknown_follower_is_none(store: Store) -> None:
    await store.save_follower(a_follower())
    assert await store.find_follower(ANNA, OTHER_OURS) is None


async def test_a_waiting_follower_is_accepted(store: Store) -> None:
    await store.save_follower(a_follower(state="waiting"))
    assert await store.set_follower_state(ANNA, OURS, "accepted") is True
    assert a_follower() == await store.find_follower(ANNA, OURS)


async def test_nobody_unknown_is_accepted(store: Store) -> None:
    assert await store.set_follower_state(ANNA, OURS, "accepted") is False


async def test_removing_a_follower_removes_that_pair_only(store: Store) -> None:
    await store.save_follower(a_follower())
    await store.save_follower(a_follower(follows=OTHER_OURS))
    assert await store.remove_follower(ANNA, OURS) is True
    assert await store.remove_follower(ANNA, OURS) is False
    assert [one.follows for one in await store.list_followers(None, after=None, limit=9)] == [OTHER_OURS]


async def test_a_follow_is_dropped_by_the_name_its_author_gave_it(store: Store) -> None:
    follow = ActivityId("https://peer.example/follows/1")
    await store.save_follower(a_follower(activity=follow))
    assert await store.remove_follow(follow, BELA) is False
    assert await store.remove_follow(follow, ANNA) is True
    assert await store.remove_follow(follow, ANNA) is False
    assert await store.find_follower(ANNA, OURS) is None


async def test_an_actor_that_is_gone_follows_nobody(store: Store) -> None:
    await store.save_follower(a_follower())
    await store.save_follower(a_follower(follows=OTHER_OURS))
    await store.save_follower(a_follower(BELA))
    assert await store.remove_follower_everywhere(ANNA) == 2
    assert await store.remove_follower_everywhere(ANNA) == 0
    assert [one.actor for one in await store.list_followers(None, after=None, limit=9)] == [BELA]


async def test_followers_are_paged_in_order(store: Store) -> None:
    for name in ("c", "a", "b"):
        await store.save_follower(a_follower(ActorId(f"https://{name}.example/u")))
    first = await store.list_followers(OURS, after=None, limit=2)
    rest = await store.list_followers(OURS, after=first[-1].actor, limit=2)
    assert [one.actor[8] for one in first + rest] == ["a", "b", "c"]
    assert await store.list_followers(OTHER_OURS, after=None, limit=2) == []


async def test_paging_loses_no_follow_of_an_actor_that_follows_several_of_ours(store: Store) -> None:
    pairs = [(ANNA, OTHER_OURS), (ANNA, OURS), (BELA, OURS)]
    for actor, follows in pairs:
        await store.save_follower(a_follower(actor, follows=follows))
    found, last = [], None
    while page := await store.list_followers(None, after=last, limit=1):
        found += [(one.actor, one.follows) for one in page]
        last = page[-1].actor
    assert pairs == found


async def test_all_follows_of_one_actor_are_listed_in_order_whatever_their_state(store: Store) -> None:
    await store.save_follower(a_follower())
    await store.save_follower(a_follower(follows=OTHER_OURS, state="waiting"))
    await store.save_follower(a_follower(BELA))
    assert [a_follower(follows=OTHER_OURS, state="waiting"), a_follower()] == await store.list_follows_of(ANNA)
    assert await store.list_follows_of(ActorId("https://peer.example/users/nobody")) == []


async def test_followers_are_counted_by_their_state(store: Store) -> None:
    await store.save_follower(a_follower())
    await store.save_follower(a_follower(BELA, state="waiting"))
    await store.save_follower(a_follower(ActorId("https://peer.example/users/cora"), state="waiting"))
    assert (await store.count_followers(OURS), await store.count_followers(OTHER_OURS)) == (1, 0)
    assert await store.count_followers(OURS, state="waiting") == 2


async def test_one_shared_inbox_stands_for_all_its_accepted_followers(store: Store) -> None:
    lone = ActorId("https://alone.example/u")
    await store.save_follower(a_follower(ANNA, shared_inbox=SHARED))
    await store.save_follower(a_follower(BELA, shared_inbox=SHARED))
    await store.save_follower(a_follower(lone))
    await store.save_follower(a_follower(ActorId("https://w.example/u"), state="waiting"))
    await store.save_follower(a_follower(ActorId("https://o.example/u"), follows=OTHER_OURS))
    inbox = InboxUrl(f"{lone}/inbox")
    assert [inbox, SHARED] == await store.list_delivery_inboxes(OURS, after=None, limit=9)
    assert [inbox] == await store.list_delivery_inboxes(OURS, after=None, limit=1)
    assert await store.list_delivery_inboxes(OURS, after=inbox, limit=9) == [SHARED]


async def test_an_inbox_is_foreign_while_nobody_of_its_own_origin_uses_it(store: Store) -> None:
    home, other = InboxUrl("https://peer.example/inbox"), InboxUrl("https://victim.example/login")
    await store.save_follower(a_follower(actor=ActorId("https://peer.example/u/1"), inbox=home, shared_inbox=None))
    for liar in (
        "https://mal.example/u",
        "https://mal.example",
        "http://victim.example/u",
        "https://victim.example.mal/u",
    ):
        await store.save_follower(a_follower(actor=ActorId(liar), inbox=other, shared_inbox=None))
    assert await store.list_foreign_inboxes([home, other]) == {other}
    await store.save_follower(a_follower(actor=ActorId("https://victim.example/u"), inbox=other, shared_inbox=None))
    assert await store.list_foreign_inboxes([home, other]) == set()
