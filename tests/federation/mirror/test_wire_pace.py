"""What the wire passes on of one peer in a day is bounded, and an end never waits."""

from __future__ import annotations

from datetime import timedelta

from federation.mirror.wire_pace import A_DAY, AT_ONCE, Allowances, count_lately, is_counted
from storage.ids import ActivityId, ActorId, Did, ObjectId
from storage.records import Activity
from tests.federation.mirror.peers import NOON

PEER, OTHER = Did("did:key:z6MkOne"), Did("did:key:z6MkTwo")


def said(count: int, type: str = "Announce", **ago: float) -> list[Activity]:
    return [
        Activity(
            id=ActivityId(f"https://us.example/activities/{number}"),
            actor=ActorId("https://us.example/actors/wire"),
            type=type,
            object=ObjectId("https://us.example/objects/1"),
            body=b"{}",
            created_at=NOON - timedelta(**ago),
        )
        for number in range(count)
    ]


def test_in_one_round_each_has_its_turn() -> None:
    assert [AT_ONCE, AT_ONCE] == [Allowances().left(peer, [], NOON) for peer in (PEER, OTHER)]


def test_a_day_has_an_end_and_a_new_one_begins() -> None:
    allowances = Allowances()
    assert 3 == allowances.left(PEER, said(A_DAY - 3, hours=23), NOON)
    assert 0 == allowances.left(PEER, said(A_DAY + 3, hours=23), NOON)
    assert AT_ONCE == allowances.left(PEER, said(A_DAY, hours=24), NOON)


def test_what_flowed_out_of_the_newest_entries_is_remembered() -> None:
    allowances = Allowances()
    for _ in range(A_DAY - 1):
        allowances.note(PEER, NOON)
    assert [1, AT_ONCE] == [allowances.left(peer, [], NOON) for peer in (PEER, OTHER)]
    assert AT_ONCE == allowances.left(PEER, [], NOON + timedelta(hours=24))


def test_boosts_copies_and_their_changes_count_and_ends_do_not() -> None:
    kinds = ("Announce", "Create", "Update", "Delete", "Undo")
    assert [True, True, True, False, False] == [is_counted(kind) for kind in kinds]
    assert 3 == count_lately([one for kind in kinds for one in said(1, kind, hours=1)], NOON)
