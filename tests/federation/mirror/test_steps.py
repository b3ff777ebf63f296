"""The table of a pact: every position and everything that can happen, and two sides that follow it."""

from __future__ import annotations

from collections import deque
from itertools import product
from typing import get_args

import pytest

from federation.mirror.steps import STEPS, Event, Position, Word, next_step, position_of, state_at
from tests.federation.mirror.peers import a_peer

POSITIONS: tuple[Position, ...] = get_args(Position)
EVENTS: tuple[Event, ...] = get_args(Event)
HEARD: dict[Word, Event] = {
    "Follow": "they ask",
    "Accept": "they accept",
    "Reject": "they reject",
    "Undo": "they undo",
}


@pytest.mark.parametrize("position", [each for each in POSITIONS if each != "unknown"])
def test_removing_ends_a_pact_wherever_it_stands(position: Position) -> None:
    step = next_step(position, "we remove")
    assert ("removed" if step is None else step[0]) == "removed"


@pytest.mark.parametrize(("position", "event"), list(product(POSITIONS, ("they reject", "they undo"))))
def test_what_the_other_side_ends_is_never_answered_and_never_begins_anything(position: Position, event: Event) -> None:
    step = next_step(position, event)
    assert step in (None, ("removed", ()))


@pytest.mark.parametrize("event", [each for each in EVENTS if each.startswith("they")])
@pytest.mark.parametrize("position", POSITIONS)
def test_no_word_of_theirs_makes_a_pact_that_our_organisers_did_not_ask_for(position: Position, event: Event) -> None:
    if position in ("unknown", "waiting", "removed"):
        step = next_step(position, event)
        assert step is None or (step[0] in ("waiting", "removed") and step[1] == ())


@pytest.mark.parametrize("position", POSITIONS)
def test_a_follow_of_ours_is_sent_only_when_our_organisers_say_so(position: Position) -> None:
    sent = {event for event in EVENTS for step in [next_step(position, event)] if step and "Follow" in step[1]}
    assert sent <= {"we ask", "we accept"}


def test_a_repeated_follow_of_a_peer_is_accepted_again() -> None:
    assert next_step("mutual", "they ask") == ("mutual", ("Accept",))


def test_who_was_removed_and_asks_again_waits_for_our_organisers() -> None:
    assert next_step("removed", "they ask") == ("waiting", ())


def test_a_late_accept_does_not_bring_back_a_pact_that_was_removed() -> None:
    assert next_step("removed", "they accept") is None


@pytest.mark.parametrize(
    ("peer", "position"),
    [
        (None, "unknown"),
        (a_peer(state="asked"), "asked"),
        (a_peer(state="asked", is_accepted=True), "accepted"),
        (a_peer(state="asked", their_follow="https://b.example/1"), "answered"),
        (a_peer(state="waiting", their_follow="https://b.example/1"), "waiting"),
        (a_peer(state="mutual", their_follow="https://b.example/1", is_accepted=True), "mutual"),
        (a_peer(state="removed"), "removed"),
    ],
)
def test_a_kept_peer_stands_at_one_position(peer: object, position: Position) -> None:
    assert position_of(peer) == position  # type: ignore[arg-type]


def test_the_table_shows_a_state_for_every_position_it_leads_to() -> None:
    assert {state_at(position) for position, _ in STEPS.values()} == {"asked", "waiting", "mutual", "removed"}


Wires = tuple[tuple[Event, ...], tuple[Event, ...]]


def settle(ours: Position, theirs: Position, wires: Wires) -> set[tuple[Position, Position]]:
    """Every way in which two sides come to rest, whatever order their letters arrive in; each wire keeps its own."""
    ends, seen, todo = set(), set(), deque([(ours, theirs, wires)])
    while todo:
        here = todo.popleft()
        if here in seen:
            continue
        seen.add(here)
        ours, theirs, (to_us, to_them) = here
        if not to_us and not to_them:
            ends.add((ours, theirs))
        if to_us:
            step = next_step(ours, to_us[0]) or (ours, ())
            todo.append((step[0], theirs, (to_us[1:], to_them + tuple(HEARD[word] for word in step[1]))))
        if to_them:
            step = next_step(theirs, to_them[0]) or (theirs, ())
            todo.append((ours, step[0], (to_us + tuple(HEARD[word] for word in step[1]), to_them[1:])))
    return ends


def after(position: Position, event: Event) -> tuple[Position, tuple[Event, ...]]:
    step = next_step(position, event)
    assert step is not None
    return step[0], tuple(HEARD[word] for word in step[1])


def test_two_that_name_each_other_at_once_become_peers_whoever_is_heard_first() -> None:
    ours, to_them = after("unknown", "we ask")
    theirs, to_us = after("unknown", "we ask")
    assert settle(ours, theirs, (to_us, to_them)) == {("mutual", "mutual")}


def test_one_that_accepts_who_asked_becomes_a_peer() -> None:
    theirs, to_us = after("waiting", "we accept")
    assert settle("asked", theirs, (to_us, ())) == {("mutual", "mutual")}


@pytest.mark.parametrize("position", ["asked", "accepted", "answered"])
@pytest.mark.parametrize("other", ["unknown", "asked", "accepted", "answered", "waiting"])
def test_two_that_both_ask_again_become_peers_whatever_was_lost(position: Position, other: Position) -> None:
    ours, to_them = after(position, "we ask")
    theirs, to_us = after(other, "we ask")
    assert settle(ours, theirs, (to_us, to_them)) == {("mutual", "mutual")}


def test_a_pact_that_one_side_ends_is_over_on_both() -> None:
    ours, to_them = after("mutual", "we remove")
    assert settle(ours, "mutual", ((), to_them)) == {("removed", "removed")}


def test_a_pact_that_both_end_at_once_is_over_on_both() -> None:
    ours, to_them = after("mutual", "we remove")
    theirs, to_us = after("mutual", "we remove")
    assert settle(ours, theirs, (to_us, to_them)) == {("removed", "removed")}
