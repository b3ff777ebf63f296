"""Reactions, on every engine: each actor once, taken back only by itself."""

from __future__ import annotations

from storage.ids import ActivityId, ObjectId
from storage.records import Reaction
from storage.store import Store
from tests.storage.making import ANNA, BELA, a_reaction

UPDATE, OTHER = a_reaction().object, ObjectId("https://union.example/objects/2")
NONE = {"like": 0, "share": 0}


async def keep(store: Store, *reactions: Reaction) -> list[bool]:
    return [await store.add_reaction(one) for one in reactions]


async def test_an_actor_counts_once_for_each_kind_and_update(store: Store) -> None:
    again = a_reaction(activity=ActivityId(f"{ANNA}/likes/2"))
    given = (a_reaction(), a_reaction(), again, a_reaction(BELA), a_reaction(kind="share"), a_reaction(object=OTHER))
    assert [True, False, False, True, True, True] == await keep(store, *given)
    assert {"like": 2, "share": 1} == await store.count_reactions(UPDATE)
    assert {"like": 1, "share": 0} == await store.count_reactions(OTHER)


async def test_what_nobody_reacted_to_counts_nothing(store: Store) -> None:
    assert NONE == await store.count_reactions(UPDATE)


async def test_a_reaction_is_taken_back_once_and_by_its_actor_alone(store: Store) -> None:
    await keep(store, a_reaction(), a_reaction(kind="share"))
    assert await store.remove_reaction(UPDATE, "like", BELA) is False
    assert await store.remove_reaction(OTHER, "like", ANNA) is False
    assert {"like": 1, "share": 1} == await store.count_reactions(UPDATE)
    removed = [await store.remove_reaction(UPDATE, "like", ANNA) for _ in range(2)]
    assert [True, False] == removed
    assert {"like": 0, "share": 1} == await store.count_reactions(UPDATE)


async def test_a_reaction_is_taken_back_by_its_last_name_and_by_its_actor_alone(store: Store) -> None:
    renamed = a_reaction(activity=ActivityId(f"{ANNA}/likes/2"))
    await keep(store, a_reaction(), renamed)
    assert await store.remove_reaction_named(renamed.activity, BELA) is False
    assert await store.remove_reaction_named(a_reaction().activity, ANNA) is False
    assert {"like": 1, "share": 0} == await store.count_reactions(UPDATE)
    removed = [await store.remove_reaction_named(renamed.activity, ANNA) for _ in range(2)]
    assert [True, False] == removed
    assert NONE == await store.count_reactions(UPDATE)


async def test_all_reactions_of_an_actor_go_and_nobody_elses(store: Store) -> None:
    await keep(store, a_reaction(), a_reaction(kind="share"), a_reaction(object=OTHER), a_reaction(BELA))
    assert (3, 0) == (await store.remove_reactions_of(ANNA), await store.remove_reactions_of(ANNA))
    assert {"like": 1, "share": 0} == await store.count_reactions(UPDATE)


async def test_reactions_to_several_updates_are_counted_apart(store: Store) -> None:
    await keep(store, a_reaction(), a_reaction(BELA), a_reaction(kind="share"))
    assert {UPDATE: {"like": 2, "share": 1}, OTHER: NONE} == await store.count_reactions_of_each([UPDATE, OTHER])
