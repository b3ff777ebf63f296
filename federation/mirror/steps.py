"""What becomes of a pact when something happens to it: one table, pure (protocol §4).

A pact is two accepted Follows between two nodes' own actors. Each side is asked by its own organisers: a node accepts
by itself only whom its organisers have named, and whoever else asks waits for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from storage.records import Peer, PeerState

Position = Literal["unknown", "asked", "accepted", "answered", "waiting", "mutual", "removed"]
"""`asked`: by us, and nothing heard; `accepted`: they accepted and have not asked us; `answered`: both asked, we
accepted, and their Accept is to come; all three are the state `asked`. The others are the states of these names."""
Event = Literal["we ask", "we accept", "we remove", "they ask", "they accept", "they reject", "they undo"]
"""`they reject`: our Follow; `they undo`: theirs."""
Word = Literal["Follow", "Accept", "Reject", "Undo"]
"""What we tell them: our Follow, Accept or Reject of theirs, Undo of ours."""

Step = tuple[Position, tuple[Word, ...]]

STEPS: Final[Mapping[tuple[Position, Event], Step]] = {
    ("unknown", "we ask"): ("asked", ("Follow",)),
    ("unknown", "they ask"): ("waiting", ()),
    ("asked", "we ask"): ("asked", ("Follow",)),
    ("asked", "we remove"): ("removed", ("Undo",)),
    ("asked", "they ask"): ("answered", ("Accept",)),
    ("asked", "they accept"): ("accepted", ()),
    ("asked", "they reject"): ("removed", ()),
    ("accepted", "we ask"): ("accepted", ("Follow",)),
    ("accepted", "we remove"): ("removed", ("Undo",)),
    ("accepted", "they ask"): ("mutual", ("Accept",)),
    ("accepted", "they reject"): ("removed", ()),
    ("answered", "we ask"): ("answered", ("Follow", "Accept")),
    ("answered", "we remove"): ("removed", ("Reject", "Undo")),
    ("answered", "they ask"): ("answered", ("Accept",)),
    ("answered", "they accept"): ("mutual", ()),
    ("answered", "they reject"): ("removed", ()),
    ("answered", "they undo"): ("removed", ()),
    ("waiting", "we ask"): ("answered", ("Follow", "Accept")),
    ("waiting", "we accept"): ("answered", ("Follow", "Accept")),
    ("waiting", "we remove"): ("removed", ("Reject",)),
    ("waiting", "they ask"): ("waiting", ()),
    ("waiting", "they undo"): ("removed", ()),
    ("mutual", "we remove"): ("removed", ("Reject", "Undo")),
    ("mutual", "they ask"): ("mutual", ("Accept",)),
    ("mutual", "they reject"): ("removed", ()),
    ("mutual", "they undo"): ("removed", ()),
    ("removed", "we ask"): ("asked", ("Follow",)),
    ("removed", "they ask"): ("waiting", ()),
}
"""What is not in it changes nothing, and nobody is told anything."""

_STATES: Final[Mapping[Position, PeerState]] = {
    "asked": "asked",
    "accepted": "asked",
    "answered": "asked",
    "waiting": "waiting",
    "mutual": "mutual",
    "removed": "removed",
}


def next_step(position: Position, event: Event) -> Step | None:
    """Where the pact stands afterwards, and what the other side is told; None when nothing comes of it."""
    return STEPS.get((position, event))


def state_at(position: Position) -> PeerState:
    """The state that is kept and shown; KeyError for `unknown`, of which nothing is kept."""
    return _STATES[position]


def position_of(peer: Peer | None) -> Position:
    """Where a pact stands."""
    if peer is None:
        return "unknown"
    if peer.state != "asked":
        return peer.state
    if peer.is_accepted:
        return "accepted"
    return "asked" if peer.their_follow is None else "answered"
