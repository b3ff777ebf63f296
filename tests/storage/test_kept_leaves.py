"""Leaves of kept logs: how they are found, what their activities become."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from storage.errors import NotFound, StorageError
from storage.ids import LogName, ObjectId
from storage.records import Leaf, LeafState, LogMeasure, Taking
from storage.store import Store
from tests.storage.keeping import (
    ALSO_SAYS,
    LOG,
    OTHER_LOG,
    OTHER_PEER,
    PEER,
    SAYS,
    a_held,
    a_leaf,
    a_peer,
    keep,
    tiles_over,
)
from tests.storage.making import NOON, after

NOTE = ObjectId("https://peer.example/objects/note")


def places(leaves: list[Leaf]) -> list[int]:
    return [leaf.place for leaf in leaves]


async def withdraw(store: Store, *hidden: int, expecting: int = 0, to: int = 0, **others: Any) -> bool:
    given = {"standing": {}, "at": after(hours=1), **others}
    return await store.withdraw_leaves(LOG, expecting=expecting, to=to, places=hidden, **given)


async def test_leaves_are_listed_in_order_from_a_place(store: Store) -> None:
    leaves = [a_held(place) for place in range(5)]
    await keep(store, leaves)
    await keep(store, [a_leaf(0)], OTHER_LOG)
    assert leaves[1:4] == await store.list_leaves(LOG, 1, 3)
    assert leaves[4:] == await store.list_leaves(LOG, 4, 9)
    assert [replace(leaves[2], body=None)] == await store.list_leaves(LOG, 2, 1, with_bodies=False)
    assert await store.list_leaves(LOG, 5, 9) == []


async def test_the_first_leaf_of_a_digest_is_found_with_its_body(store: Store) -> None:
    await keep(store, [a_leaf(0), a_held(1, digest="zSame"), a_leaf(2, digest="zSame")])
    assert a_held(1, digest="zSame") == await store.find_leaf(LOG, "zSame")
    assert await store.find_leaf(LOG, "zNone") is None
    assert await store.find_leaf(OTHER_LOG, "zSame") is None


async def test_all_leaves_about_some_objects_come_in_order_without_bodies(store: Store) -> None:
    about = (NOTE, "x:one", NOTE, "x:two", "x:one")
    await keep(store, [a_held(place, object=object) for place, object in enumerate(about)])
    found = await store.list_object_leaves(LOG, [ObjectId("x:one"), NOTE])
    assert [0, 1, 2, 4] == places(found)
    assert {None} == {leaf.body for leaf in found}
    assert await store.list_object_leaves(LOG, []) == []


async def test_of_the_leaves_about_a_note_those_are_listed_that_can_still_be_taken_back(store: Store) -> None:
    await keep(store, [a_held(0, object=NOTE), a_leaf(1, object=NOTE), a_held(2, object=NOTE), a_leaf(3, object=NOTE)])
    await withdraw(store, 0, 1)
    assert [2, 3] == places(await store.list_object_leaves(LOG, [NOTE], states=("wanted", "held")))
    assert [0] == places(await store.list_object_leaves(LOG, [NOTE], states=["hidden"]))
    assert [0, 1, 2, 3] == places(await store.list_object_leaves(LOG, [NOTE]))


async def test_the_newest_delete_and_update_of_notes_are_found_below_a_place(store: Store) -> None:
    types = ("Create", "Update", "Update", "Delete", "Update", "Delete")
    await keep(store, [a_leaf(place, object=NOTE, type=type) for place, type in enumerate(types)])
    await keep(store, [a_leaf(0, object=ObjectId("x:one"), type="Delete")], OTHER_LOG)
    these = [NOTE, ObjectId("x:one")]
    assert {NOTE: 4} == await store.find_newest_takings(LOG, these, "Update", below=9)
    assert {NOTE: 2} == await store.find_newest_takings(LOG, these, "Update", below=4)
    assert {NOTE: 3} == await store.find_newest_takings(LOG, these, "Delete", below=5)
    assert {} == await store.find_newest_takings(LOG, these, "Delete", below=3)
    assert {} == await store.find_newest_takings(LOG, [], "Delete", below=9)


async def test_what_can_be_taken_back_is_listed_by_what_takes_it_back(store: Store) -> None:
    other = ObjectId("x:one")
    types = ("Create", "Announce", "Update", "Delete", "Add", "Create")
    await keep(store, [a_held(place, object=NOTE, type=type) for place, type in enumerate(types)])
    assert await store.grow_log(LOG, expecting=6, leaves=[a_leaf(6, object=other), a_leaf(7, object=other)], tiles=[])
    both: list[LeafState] = ["wanted", "held"]

    async def takeable(below: dict[ObjectId, int], taking: Taking, states: list[LeafState] = both) -> list[int]:
        return places(await store.list_takeable(LOG, below, taking, states=states, limit=9))

    assert [0, 2, 5, 6] == await takeable({NOTE: 6, other: 7}, "Update")
    assert [0, 1, 2, 4, 6, 7] == await takeable({NOTE: 5, other: 8}, "Delete")
    assert [6] == await takeable({NOTE: 6, other: 7}, "Delete", ["wanted"])
    assert [] == await takeable({}, "Delete")
    await withdraw(store, 0, 6)
    assert [2, 7] == await takeable({NOTE: 3, other: 8}, "Update")
    some = await store.list_takeable(LOG, {NOTE: 9, other: 9}, "Delete", states=both, limit=3)
    assert (3, {None}) == (len(some), {leaf.body for leaf in some})


async def test_what_stands_of_some_notes_is_listed_whatever_its_state(store: Store) -> None:
    other = ObjectId("x:one")
    kept = [a_held(0, object=NOTE), a_leaf(1, object=other, is_standing=True), a_held(2, object=NOTE), a_held(3)]
    await keep(store, [replace(kept[0], is_standing=False), *kept[1:]])
    found = await store.list_standing_versions(LOG, [NOTE, other, ObjectId("x:none")])
    assert ([1, 2], {None}) == (places(found), {leaf.body for leaf in found})


async def test_notes_are_told_of_which_something_was_hidden_since(store: Store) -> None:
    await keep(store, [a_held(0, object=NOTE), a_held(1, object=NOTE), a_held(2), a_held(3), a_leaf(4)])
    await withdraw(store, 2)
    await withdraw(store, 0, 1, 4, at=after(hours=3))
    assert [NOTE] == await store.list_hidden_objects(LOG, since=after(hours=2), limit=9)
    assert 2 == len(await store.list_hidden_objects(LOG, since=NOON, limit=9))
    assert 1 == len(await store.list_hidden_objects(LOG, since=NOON, limit=1))
    assert [] == await store.list_hidden_objects(LOG, since=after(hours=3), limit=9)


async def test_standing_notes_come_newest_first(store: Store) -> None:
    kept = [
        a_held(0),
        a_held(1, actor=ALSO_SAYS),
        a_held(2, is_standing=False),
        a_leaf(3, is_standing=True),
        a_held(4),
    ]
    await keep(store, kept)
    assert [kept[4], kept[1], kept[0]] == await store.list_standing(LOG, None, before=None, limit=9)
    assert [kept[1]] == await store.list_standing(LOG, None, before=4, limit=1)
    assert [kept[4], kept[0]] == await store.list_standing(LOG, SAYS, before=None, limit=9)
    assert [kept[0]] == await store.list_standing(LOG, SAYS, before=4, limit=9)
    assert await store.list_standing(OTHER_LOG, None, before=None, limit=9) == []


async def test_the_standing_version_of_a_note_is_found(store: Store) -> None:
    kept = [a_held(0, object=NOTE, is_standing=False), a_held(1, object=NOTE), a_held(2, is_standing=False)]
    await keep(store, kept)
    assert kept[1] == await store.find_standing(LOG, NOTE)
    assert await store.find_standing(LOG, kept[2].object) is None
    assert await store.find_standing(OTHER_LOG, NOTE) is None


async def test_what_stands_and_is_still_wanted_has_no_body(store: Store) -> None:
    await keep(store, [a_leaf(0, is_standing=True)])
    assert a_leaf(0, is_standing=True) == await store.find_standing(LOG, a_leaf(0).object)


async def test_the_newest_held_document_of_each_actor_is_its_profile(store: Store) -> None:
    kept = [
        a_held(0, object=SAYS),
        a_held(1, actor=ALSO_SAYS, object=ALSO_SAYS),
        a_held(2, object=SAYS, type="Update"),
        a_held(3, object=ALSO_SAYS),
        a_leaf(4, object=SAYS, type="Update"),
        a_held(5, object=SAYS, type="Move"),
    ]
    await keep(store, kept)
    assert [kept[1], kept[2]] == await store.list_profiles(LOG)
    await store.keep_bodies(LOG, {4: (SAYS, b"new")}, at=NOON)
    assert [1, 4] == places(await store.list_profiles(LOG))


async def test_what_is_wanted_is_listed_in_order(store: Store) -> None:
    await keep(store, [a_leaf(0), a_held(1), a_leaf(2), a_leaf(3)])
    assert [a_leaf(0), a_leaf(2)] == await store.list_wanted(LOG, after=-1, limit=2)
    assert [a_leaf(3)] == await store.list_wanted(LOG, after=2, limit=9)
    assert await store.list_wanted(LOG, after=3, limit=9) == []


async def test_what_was_wanted_becomes_held(store: Store) -> None:
    await keep(store, [a_leaf(0), a_leaf(1), a_held(2), a_leaf(3)])
    bodies = {0: (SAYS, b"zero\x00\xff"), 2: (ALSO_SAYS, b"another"), 3: (ALSO_SAYS, b"three"), 9: (SAYS, b"nobody's")}
    assert await store.keep_bodies(LOG, bodies, at=after(hours=1)) == 2
    held = {"state": "held", "changed_at": after(hours=1)}
    assert [
        a_leaf(0, actor=SAYS, body=b"zero\x00\xff", **held),
        a_leaf(1),
        a_held(2),
        a_leaf(3, actor=ALSO_SAYS, body=b"three", **held),
    ] == await store.list_leaves(LOG, 0, 9)
    assert (1, 3) == ((measured := await store.measure_log(LOG)).wanted, measured.held)
    assert await store.check() == []


async def test_a_body_is_kept_once(store: Store) -> None:
    await keep(store, [a_leaf(0)])
    tries = [store.keep_bodies(LOG, {0: (SAYS, b"%d" % n)}, at=NOON) for n in range(6)]
    assert [0] * 5 + [1] == sorted(await asyncio.gather(*tries))
    assert await store.keep_bodies(LOG, {}, at=NOON) == 0
    assert await store.keep_bodies(OTHER_LOG, {0: (SAYS, b"{}")}, at=NOON) == 0
    assert await store.check() == []


async def test_what_is_taken_back_is_hidden_or_gone_at_once(store: Store) -> None:
    kept = [a_held(0), a_leaf(1), a_held(2), a_leaf(3, is_standing=True)]
    await keep(store, kept)
    assert await withdraw(store, 0, 1, 77, to=4, standing={0: False, 2: False, 3: True}) is True
    later = after(hours=1)
    assert [
        replace(kept[0], state="hidden", is_standing=False, changed_at=later),
        replace(kept[1], state="gone", changed_at=later),
        replace(kept[2], is_standing=False),
        kept[3],
    ] == await store.list_leaves(LOG, 0, 9)
    log = await store.find_log(LOG)
    assert log is not None
    assert log.withdrawn_to == 4
    measured = await store.measure_log(LOG)
    assert (1, 1, 1) == (measured.wanted, measured.held, measured.standing)
    assert await store.check() == []


async def test_what_was_taken_back_stays_as_it_is(store: Store) -> None:
    await keep(store, [a_held(0), a_leaf(1)])
    await withdraw(store, 0, 1)
    before = await store.list_leaves(LOG, 0, 9)
    assert await withdraw(store, 0, 1, at=after(days=1)) is True
    assert await store.keep_bodies(LOG, {0: (SAYS, b"{}"), 1: (SAYS, b"{}")}, at=NOON) == 0
    assert before == await store.list_leaves(LOG, 0, 9)


async def test_withdrawals_move_on_only_from_where_they_stand(store: Store) -> None:
    await keep(store, [a_held(0), a_held(1)])
    assert await withdraw(store, to=1) is True
    for expecting, to in ((0, 2), (2, 2), (1, 0), (1, 3)):
        assert await withdraw(store, 0, expecting=expecting, to=to, standing={0: False}) is False
    assert [a_held(0), a_held(1)] == await store.list_leaves(LOG, 0, 9)


async def test_of_many_withdrawals_at_once_one_has_effect(store: Store) -> None:
    await keep(store, [a_held(place) for place in range(6)])
    assert [False] * 5 + [True] == sorted(await asyncio.gather(*(withdraw(store, n, to=6) for n in range(6))))
    assert ["held"] * 5 + ["hidden"] == sorted(leaf.state for leaf in await store.list_leaves(LOG, 0, 9))
    assert await store.check() == []


async def test_the_bytes_of_what_was_hidden_go_after_the_grace(store: Store) -> None:
    await keep(store, [a_held(0), a_held(1), a_held(2)])
    await keep(store, [a_held(0)], OTHER_LOG)
    await withdraw(store, 0, to=1, at=after(hours=2))
    await withdraw(store, 1, expecting=1, to=2, at=after(hours=1))
    assert await store.purge_leaves(hidden_before=after(hours=1), limit=9) == 0
    assert await store.purge_leaves(hidden_before=after(hours=3), limit=1) == 1
    assert ["hidden", "gone", "held"] == [leaf.state for leaf in await store.list_leaves(LOG, 0, 9)]
    assert await store.purge_leaves(hidden_before=after(hours=3), limit=9) == 1
    assert await store.purge_leaves(hidden_before=after(hours=3), limit=9) == 0
    gone = replace(a_held(0), state="gone", changed_at=after(hours=2), body=None)
    assert gone == (await store.list_leaves(LOG, 0, 1))[0]
    left = sum(len(leaf.entry) + len(leaf.body or b"") for leaf in await store.list_leaves(LOG, 0, 9))
    assert LogMeasure(bytes=left, wanted=0, held=1, standing=3) == await store.measure_log(LOG)
    assert await store.check() == []


async def test_new_leaves_of_a_union_are_counted(store: Store) -> None:
    await keep(store, [a_leaf(0), a_leaf(1, kept_at=after(hours=1)), a_leaf(2, kept_at=after(hours=2))])
    await keep(store, [replace(a_leaf(0, kept_at=after(hours=1)), digest="zAnother")], LogName(f"{PEER}/2"))
    await keep(store, [a_leaf(0, kept_at=after(hours=1))], OTHER_LOG)
    assert await store.count_leaves_since(PEER, after(hours=1)) == 3
    assert await store.count_leaves_since(OTHER_PEER, NOON) == 1
    assert await store.count_leaves_since(PEER, after(hours=3)) == 0


async def test_a_new_leaf_that_two_epochs_have_counts_once(store: Store) -> None:
    await keep(store, [a_leaf(place, kept_at=after(hours=1)) for place in range(4)])
    second = LogName(f"{PEER}/2")
    await keep(store, [a_leaf(place, kept_at=after(hours=1)) for place in range(3)], second)
    assert await store.count_leaves_since(PEER, NOON) == 4
    other = replace(a_leaf(3, kept_at=after(hours=1)), digest="zAnother")
    assert await store.grow_log(second, expecting=3, leaves=[other], tiles=tiles_over(4))
    assert await store.count_leaves_since(PEER, NOON) == 5


async def test_a_body_of_the_wrong_state_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="None of them was kept"):
        await keep(store, [a_leaf(0, state="gone", body=b"{}")])


async def test_what_happens_to_one_log_at_once_happens_one_after_the_other(store: Store) -> None:
    await keep(store, [a_leaf(place) for place in range(40)])
    growing = [store.grow_log(LOG, expecting=40, leaves=[a_held(40)], tiles=tiles_over(41)) for _ in range(2)]
    holding = [store.keep_bodies(LOG, dict.fromkeys(range(n, n + 10), (SAYS, b"{}")), at=NOON) for n in (0, 5, 10)]
    heads = [store.set_pending(LOG, expecting=0, size=99, checkpoint=b"99"), store.set_log_state(LOG, "stopped")]
    others = [withdraw(store, *range(15, 30), to=30, standing={40: False, 3: True}), *heads]
    outcomes = await asyncio.gather(*growing, *holding, *others)
    assert [False, True] == sorted(outcomes[:2])
    assert 20 - 5 <= sum(outcomes[2:5]) <= 20
    assert [True] * 3 == outcomes[5:]
    log = await store.find_log(LOG)
    assert log is not None
    assert (41, 30, 99, "stopped") == (log.size, log.withdrawn_to, log.pending_size, log.state)
    assert await store.check() == []


async def test_a_log_can_be_forgotten_while_it_grows(store: Store) -> None:
    await store.add_peer(a_peer())
    await keep(store, [a_leaf(place) for place in range(20)])
    growing = store.grow_log(LOG, expecting=20, leaves=[a_held(20)], tiles=tiles_over(21))
    holding = store.keep_bodies(LOG, dict.fromkeys(range(20), (SAYS, b"{}")), at=NOON)
    outcomes = await asyncio.gather(growing, holding, store.forget_peer(PEER), return_exceptions=True)
    assert outcomes[2] is True
    assert isinstance(outcomes[0], NotFound | bool)
    assert outcomes[1] in (0, 20)
    for table in ("kept_logs", "kept_leaves", "kept_bodies", "kept_tiles"):
        assert ([], None) == await store.list_rows(table, after=None, limit=1)
