"""What a log's own later entries take back, stretch by stretch, beside a plain reading of the rule over all of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from federation.log import withdrawals
from federation.log.withdrawals import Takings, Withdrawing, withdraw
from storage.ids import ActorId, ObjectId
from storage.records import Leaf
from storage.store import Store
from tests.storage.conftest import engine, store, url
from tests.storage.keeping import LOG, SAYS, a_held, a_leaf, keep
from tests.storage.making import after

__all__ = ["engine", "store", "url"]

NOTE = ObjectId("https://peer.example/objects/1")
OTHER = ObjectId("https://peer.example/objects/2")
_TYPES = ("Create", "Update", "Update", "Delete", "Announce", "Add")


def history(*types: str, object: ObjectId = NOTE, actor: ActorId | None = SAYS, first: int = 0) -> list[Leaf]:
    return [
        a_held(place, type=type, object=object, actor=actor, is_standing=False)
        for place, type in enumerate(types, first)
    ]


async def settled(store: Store, leaves: Sequence[Leaf], to: int | None = None) -> tuple[list[int], list[int]]:
    """What was taken back, and what stands."""
    await keep(store, leaves)
    assert await carry_on(store, len(leaves) if to is None else to)
    return await read(store)


async def carry_on(store: Store, to: int) -> bool:
    log = await store.find_log(LOG)
    assert log is not None
    return await withdraw(store, log, to=to, at=after(hours=1))


async def read(store: Store) -> tuple[list[int], list[int]]:
    now = await store.list_leaves(LOG, 0, 1000)
    taken = [leaf.place for leaf in now if leaf.state in {"hidden", "gone"}]
    return taken, [leaf.place for leaf in now if leaf.is_standing]


@pytest.mark.parametrize(
    ("types", "withdrawn", "stands"),
    [
        (["Create"], [], [0]),
        (["Create", "Update"], [0], [1]),
        (["Create", "Update", "Update"], [0, 1], [2]),
        (["Create", "Delete"], [0], []),
        (["Create", "Update", "Delete"], [0, 1], []),
        (["Create", "Announce", "Add", "Delete"], [0, 1, 2], []),
        (["Create", "Announce", "Add", "Update"], [0], [3]),
        (["Create", "Add", "Remove", "Delete"], [0, 1, 2], []),
        (["Create", "Delete", "Delete"], [0], []),
        (["Create", "Delete", "Update"], [0], []),
        (["Create", "Delete", "Create"], [0], []),
        (["Announce", "Undo"], [], []),
        (["Update"], [], [0]),
        (["Delete"], [], []),
        (["Create", "Create"], [], [1]),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_delete_takes_back_all_before_it_and_an_update_the_versions(
    store: Store, types: list[str], withdrawn: list[int], stands: list[int]
) -> None:
    assert (withdrawn, stands) == await settled(store, history(*types))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_an_actors_documents_are_never_taken_back(store: Store) -> None:
    assert ([], []) == await settled(store, history("Create", "Update", "Delete", object=ObjectId(SAYS)))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_one_note_takes_back_nothing_of_another(store: Store) -> None:
    leaves = [*history("Create"), *history("Create", "Delete", object=OTHER, first=1)]
    assert ([1], [0]) == await settled(store, leaves)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_comes_later_is_not_looked_at_yet(store: Store) -> None:
    assert ([], [0]) == await settled(store, history("Create", "Delete"), to=1)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_waits_for_its_bytes_is_taken_back_and_what_is_gone_stays_as_it_is(store: Store) -> None:
    leaves = history("Create", "Update", "Delete")
    leaves[0] = replace(leaves[0], state="wanted", body=None, actor=None)
    leaves[1] = replace(leaves[1], state="gone", body=None)
    assert ([0, 1], []) == await settled(store, leaves)
    assert ["gone", "gone", "held"] == [leaf.state for leaf in await store.list_leaves(LOG, 0, 9)]
    assert [after(hours=1), leaves[1].changed_at] == [leaf.changed_at for leaf in await store.list_leaves(LOG, 0, 2)]


async def test_stretch_by_stretch_it_comes_to_what_the_rule_says_of_the_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stretches of three, pages of two, and what is known forgotten again and again; looked at in two steps."""
    for name, value in (("_STRETCH", 3), ("_PAGE", 2), ("_AT_ONCE", 2), ("_MOST_KNOWN", 2)):
        monkeypatch.setattr(withdrawals, name, value)
    chance = random.Random(5)
    leaves = [_any_leaf(place, chance) for place in range(120)]
    await keep(store, leaves)
    for to in (70, 120):
        assert await carry_on(store, to)
        assert _by_the_rule(leaves[:to]) == await read(store)


def _any_leaf(place: int, chance: random.Random) -> Leaf:
    about: dict[str, Any] = {
        "type": chance.choice(_TYPES),
        "object": ObjectId(f"https://peer.example/objects/{chance.randrange(30)}"),
        "is_standing": False,
    }
    return a_held(place, **about) if chance.random() < 0.7 else a_leaf(place, **about)


def _by_the_rule(leaves: Sequence[Leaf]) -> tuple[list[int], list[int]]:
    """As protocol §4 says it, in a pass for each leaf."""
    taken, stands = [], []
    for leaf in leaves:
        later = [one for one in leaves if one.object == leaf.object and one.place > leaf.place]
        is_version = leaf.type in {"Create", "Update"}
        kinds = {one.type for one in later}
        if leaf.type != "Delete" and ("Delete" in kinds or (is_version and "Update" in kinds)):
            taken.append(leaf.place)
        all_kinds = {one.type for one in leaves if one.object == leaf.object}
        if is_version and "Delete" not in all_kinds and not kinds & {"Create", "Update"}:
            stands.append(leaf.place)
    return taken, stands


@pytest.mark.parametrize(
    "types",
    [["Update"], ["Delete"], ["Create"], ["Announce", "Update"], ["Update", "Delete"], ["Announce", "Delete"]],
    ids="-".join,
)
async def test_what_is_read_of_a_log_about_one_note_grows_with_the_log_and_no_faster(
    store: Store, monkeypatch: pytest.MonkeyPatch, types: list[str]
) -> None:
    """A peer may speak of one note in each of its entries; each stretch would else cost as much as the whole log."""
    for name, value in (("_STRETCH", 8), ("_PAGE", 8)):
        monkeypatch.setattr(withdrawals, name, value)
    size, counted = 160, Counter[str]()
    await keep(store, [a_leaf(place, type=types[place % len(types)], object=NOTE) for place in range(size)])
    for verb in ("list_leaves", "list_takeable", "list_standing_versions", "find_newest_takings"):
        _count(store, verb, counted, monkeypatch)
    assert await carry_on(store, size)
    assert sum(counted.values()) <= 3 * size
    assert counted["longest"] <= 8


def _count(store: Store, verb: str, counted: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that a verb answered with, and the most at once."""
    ask = getattr(store, verb)

    async def asked(*given: Any, **more: Any) -> Any:
        answer = await ask(*given, **more)
        counted[verb] += len(answer)
        counted["longest"] = max(counted["longest"], len(answer))
        return answer

    monkeypatch.setattr(store, verb, asked)


async def test_whoever_was_overtaken_by_another_process_stops(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdrawals, "_PAGE", 2)
    await keep(store, history("Create", *["Update"] * 6))
    late = Withdrawing(takings=Takings(store=store, name=LOG, below=7), at=after(hours=1))
    assert await carry_on(store, 7)
    assert not await late.carry_on(0)
    assert ([0, 1, 2, 3, 4, 5], [6]) == await read(store)
