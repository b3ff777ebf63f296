"""What a log's own later entries take back: pure rules."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from federation.log import withdrawals
from federation.log.withdrawals import Judgement, judge
from storage.ids import ActorId, ObjectId
from storage.records import Leaf
from tests.storage.keeping import SAYS, a_held

NOTE = ObjectId("https://peer.example/objects/1")
OTHER = ObjectId("https://peer.example/objects/2")


def history(*types: str, object: ObjectId = NOTE, actor: ActorId | None = SAYS, first: int = 0) -> list[Leaf]:
    return [
        a_held(place, type=type, object=object, actor=actor, is_standing=False)
        for place, type in enumerate(types, first)
    ]


def judged(leaves: Sequence[Leaf], start: int = 0, end: int | None = None) -> tuple[list[int], dict[int, bool]]:
    found: Judgement = judge(leaves, start=start, end=len(leaves) if end is None else end)
    return sorted(found.places), found.standing


@pytest.mark.parametrize(
    ("types", "withdrawn", "stands"),
    [
        (["Create"], [], 0),
        (["Create", "Update"], [0], 1),
        (["Create", "Update", "Update"], [0, 1], 2),
        (["Create", "Delete"], [0], None),
        (["Create", "Update", "Delete"], [0, 1], None),
        (["Create", "Announce", "Add", "Delete"], [0, 1, 2], None),
        (["Create", "Announce", "Add", "Update"], [0], 3),
        (["Create", "Add", "Remove", "Delete"], [0, 1, 2], None),
        (["Create", "Delete", "Delete"], [0], None),
        (["Create", "Delete", "Update"], [0], None),
        (["Create", "Delete", "Create"], [0], None),
        (["Announce", "Undo"], [], None),
        (["Update"], [], 0),
        (["Delete"], [], None),
        (["Create", "Create"], [], 1),
    ],
)
def test_a_delete_takes_back_all_before_it_and_an_update_the_versions(
    types: list[str], withdrawn: list[int], stands: int | None
) -> None:
    assert (withdrawn, {} if stands is None else {stands: True}) == judged(history(*types))


def test_an_actors_documents_are_never_taken_back() -> None:
    assert ([], {}) == judged(history("Create", "Update", "Delete", object=ObjectId(SAYS)))


def test_one_note_takes_back_nothing_of_another() -> None:
    leaves = [*history("Create"), *history("Create", "Delete", object=OTHER, first=1)]
    assert ([1], {0: True}) == judged(leaves)


def test_what_was_looked_at_takes_back_nothing_again() -> None:
    first = a_held(0, type="Create", object=NOTE, actor=SAYS, is_standing=True)
    update = a_held(1, type="Update", object=NOTE, actor=SAYS, is_standing=False)
    assert ([0], {0: False, 1: True}) == judged([first, update], start=1)
    assert ([], {0: False, 1: True}) == judged([first, update], start=2, end=2)


def test_what_comes_later_is_not_looked_at_yet() -> None:
    assert ([], {0: True}) == judged(history("Create", "Delete"), end=1)


def test_what_waits_for_its_bytes_is_taken_back_and_what_is_hidden_stays_as_it_is() -> None:
    wanted = a_held(0, type="Create", object=NOTE, state="wanted", body=None, actor=None, is_standing=False)
    hidden = a_held(1, type="Update", object=NOTE, state="hidden", is_standing=False)
    delete = a_held(2, type="Delete", object=NOTE, is_standing=False)
    assert ([0], {}) == judged([wanted, hidden, delete], start=2)


def test_a_history_of_very_many_versions_is_judged_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer may change one note in each of its entries; a pass for each of them would stop the whole node."""
    asked = 0
    is_taken_back = withdrawals._is_taken_back

    def counted(leaf: Leaf, deleted: int, updated: int) -> bool:
        nonlocal asked
        asked += 1
        return is_taken_back(leaf, deleted, updated)

    monkeypatch.setattr(withdrawals, "_is_taken_back", counted)
    places, standing = judged(history("Create", *["Update"] * 20_000))
    assert (20_000, {20_000: True}, 20_001) == (len(places), standing, asked)
