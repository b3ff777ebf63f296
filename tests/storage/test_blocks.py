"""Blocks and what they find, on every engine."""

from __future__ import annotations

from storage.ids import ActorId, Host, InboxUrl
from storage.records import Block, BlockKind, Cut, Person
from storage.store import Store
from tests.storage.making import (
    ANNA,
    BELA,
    NOON,
    OTHER_OURS,
    OURS,
    a_delivery,
    a_follower,
    a_following,
    a_reaction,
    a_remote_actor,
    a_remote_post,
    after,
)
from tests.storage.queueing import NOTE, add, claim, states

SHARED = InboxUrl("https://peer.example/inbox")


def a_block(target: str = "mal.example", kind: BlockKind = "host", reason: str = "") -> Block:
    return Block(target=target, kind=kind, reason=reason, blocked_at=NOON)


async def block(store: Store, *blocks: Block) -> list[bool]:
    return await store.add_blocks(blocks)


async def test_blocks_are_new_once_even_within_one_list(store: Store) -> None:
    assert [True, True, False] == await block(store, a_block(), a_block("b.example"), a_block())
    assert [False] == await block(store, a_block())
    assert [a_block("b.example"), a_block()] == await store.list_blocks(after=None, limit=9)


async def test_a_new_reason_replaces_the_old_one_and_none_leaves_it(store: Store) -> None:
    await block(store, a_block(reason="spam"))
    await block(store, a_block())
    assert ["spam"] == [one.reason for one in await store.list_blocks(after=None, limit=9)]
    await block(store, a_block(reason="spies"))
    assert ["spies"] == [one.reason for one in await store.list_blocks(after=None, limit=9)]


async def test_blocks_are_listed_by_the_page(store: Store) -> None:
    await block(store, *[a_block(f"{name}.example") for name in "cab"])
    first = await store.list_blocks(after=None, limit=2)
    assert ["a.example", "b.example"] == [one.target for one in first]
    assert ["c.example"] == [one.target for one in await store.list_blocks(after="b.example", limit=2)]


async def test_a_block_is_removed_once(store: Store) -> None:
    await block(store, a_block())
    assert [True, False] == [await store.remove_block("mal.example"), await store.remove_block("mal.example")]
    assert await store.find_block(["mal.example"], of=None) is None


async def test_one_question_finds_an_actor_by_id_host_or_known_address(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(handle="Anna"))
    assert await store.find_block([ANNA, "peer.example"], of=ANNA) is None
    await block(store, a_block(ANNA, "actor"))
    assert (await store.find_block([ANNA, "peer.example"], of=ANNA)) == a_block(ANNA, "actor")
    await block(store, a_block("anna@peer.example", "address"))
    assert (await store.find_block([BELA], of=ANNA)) == a_block("anna@peer.example", "address")
    await block(store, a_block("peer.example"))
    assert (await store.find_block([ANNA, "peer.example"], of=ANNA)) == a_block("peer.example")
    assert await store.find_block(["peer.example.org", BELA], of=BELA) is None


async def test_names_are_asked_many_at_once(store: Store) -> None:
    await block(store, a_block(), a_block("b.example"))
    assert {"mal.example"} == await store.list_blocked(["mal.example", "c.example"])


async def test_everybody_of_whom_anything_is_kept_is_listed_once_in_order(store: Store) -> None:
    names = [ActorId(f"https://{name}.example/u") for name in "abcde"]
    await store.save_remote_actor(a_remote_actor(names[4], handle="Eve"))
    await store.save_follower(a_follower(names[0]))
    await store.save_follower(a_follower(names[0], follows=OTHER_OURS))
    await store.save_following(a_following(names[1]))
    await store.add_reaction(a_reaction(names[2]))
    await store.save_remote_post(a_remote_post(actor=names[3]))
    people = await store.list_people(after=None, limit=3)
    people += await store.list_people(after=people[-1].id, limit=3)
    assert [Person(id=name, address=None) for name in names[:4]] == people[:4]
    assert [Person(id=names[4], address="eve@e.example")] == people[4:]


async def test_actors_are_found_by_address(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(handle="Anna"))
    assert [ANNA] == await store.list_actors_at("anna@peer.example")
    assert [] == await store.list_actors_at("anna@mal.example")


async def test_an_inbox_is_somebodys_own_while_nobody_else_uses_it(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    own = InboxUrl(f"{ANNA}/inbox")
    assert [SHARED, own] == await store.list_own_inboxes([ANNA])
    await store.save_remote_actor(a_remote_actor(BELA))
    assert [own] == await store.list_own_inboxes([ANNA])
    await block(store, a_block(BELA, "actor"))
    assert [SHARED, own] == await store.list_own_inboxes([ANNA])
    await store.save_follower(a_follower(ActorId("https://peer.example/c"), shared_inbox=SHARED))
    assert [own] == await store.list_own_inboxes([ANNA])


async def test_an_inbox_is_blocked_when_only_blocked_actors_are_known_to_use_it(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela"))
    inboxes = [SHARED, InboxUrl(f"{ANNA}/inbox"), InboxUrl("https://unknown.example/inbox")]
    assert set() == await store.list_blocked_inboxes(inboxes)
    await block(store, a_block(ANNA, "actor"))
    assert {inboxes[1]} == await store.list_blocked_inboxes(inboxes)
    await block(store, a_block("bela@peer.example", "address"))
    assert {SHARED, inboxes[1]} == await store.list_blocked_inboxes(inboxes)
    await store.save_follower(a_follower(ActorId("https://peer.example/c"), shared_inbox=SHARED))
    assert {inboxes[1]} == await store.list_blocked_inboxes(inboxes)


async def test_cutting_off_ends_every_tie_and_leaves_others_alone(store: Store) -> None:
    for actor in (ANNA, BELA):
        await store.save_follower(a_follower(actor))
        await store.save_following(a_following(actor, state="accepted"))
        await store.add_reaction(a_reaction(actor))
    comment = {"comment_on": a_reaction().object, "comment_state": "shown"}
    await store.save_remote_post(a_remote_post(1, in_timeline=True, **comment))
    await store.save_remote_post(a_remote_post(2, in_timeline=True))
    await store.save_remote_post(a_remote_post(3, actor=BELA, **comment))
    expected = Cut(followers=1, following=1, reactions=1, comments=1, timeline=2)
    assert (expected, Cut()) == (await store.cut_off([ANNA]), await store.cut_off([ANNA]))
    assert [BELA] == [one.actor for one in await store.list_followers(OURS, after=None, limit=9)]
    assert [BELA] == [one.follows for one in await store.list_following()]
    assert 1 == (await store.count_reactions(a_reaction().object))["like"]
    assert [BELA] == [one.actor for one in await store.list_timeline(before=None, limit=9)]
    left = await store.list_comments(None, state=None, before=None, limit=9)
    assert [(BELA, "shown"), (ANNA, "hidden")] == [(one.actor, one.comment_state) for one in left]


async def test_waiting_deliveries_to_an_inbox_are_cancelled_for_one_actor_or_all(store: Store) -> None:
    to = [(SHARED, Host("peer.example"))]
    await add(store, a_delivery(1), a_delivery(2, actor=OTHER_OURS), a_delivery(3, inbox="https://peer.example/b"))
    await add(store, a_delivery(4, type="Reject"), a_delivery(5, type="Undo"), a_delivery(6, "other.example"))
    assert 1 == await store.cancel_inbox_deliveries(to, actor=OTHER_OURS)
    assert (1, 0) == (await store.cancel_inbox_deliveries(to), await store.cancel_inbox_deliveries(to))
    expected = {"1": "cancelled", "2": "cancelled", "3": "waiting", "4": "waiting", "5": "waiting", "6": "waiting"}
    assert expected == await states(store)
    assert [] == await store.check()


async def test_what_stood_behind_a_cancelled_delivery_is_in_turn(store: Store) -> None:
    await add(store, a_delivery(1, object=NOTE, type="Accept"), a_delivery(2, object=NOTE, type="Reject"))
    await store.cancel_inbox_deliveries([(SHARED, Host("peer.example"))])
    assert ["2"] == [one.activity[-1] for one in await claim(store, minutes=1)]
    assert [] == await store.check()


async def test_hosts_for_which_something_waits_are_named_once(store: Store) -> None:
    await add(store, a_delivery(1), a_delivery(2), a_delivery(3, "a.example"))
    assert ["a.example", "peer.example"] == await store.list_waiting_hosts()
    await store.cancel_host_deliveries(Host("peer.example"))
    assert ["a.example"] == await store.list_waiting_hosts()


async def test_a_blocked_actor_is_not_forgotten_so_that_its_inboxes_stay_known(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor())
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela"))
    await block(store, a_block(ANNA, "actor"), a_block("bela@peer.example", "address"))
    assert 0 == await store.remove_leftovers(before=after(days=30), limit=9)
    await store.remove_block(ANNA)
    assert 1 == await store.remove_leftovers(before=after(days=30), limit=9)
