"""How often peers are asked, and what readers are told of one that does not answer; pure (protocol §4).

A union is called silent when two nodes of different unions have no answer: this one, and another mirror that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from storage.records import Peer

_QUIET_AFTER: Final = 2
"""Polls in a row that brought nothing."""
_MOST_DOUBLINGS: Final = 7
_ALONE_AFTER: Final = 2
"""Times as long as silence takes: then nobody is waited for who might confirm it."""
_HALF: Final = 2
_DENIED_FOR: Final = 48
"""Times as long as silence takes: a server that has not answered us for a day is spoken for, whatever others say."""
_TOLD_FOR: Final = 4
"""Times as long as silence takes: what we found out longer ago we tell nobody."""

Hearing = Literal["answering", "unheard", "alone", "silent"]
"""What is known of a peer's own server. `answering`: it answers us, or has not failed for long. `unheard`: it does not
answer us, and other mirrors say otherwise or are still to be asked. `alone`: the same, for twice as long, and nobody
was there who could say anything, or for a day: a mirror that lies must not be able to keep a union unheard.
`silent`: another mirror has no answer either."""
SPOKEN_FOR: Final[frozenset[Hearing]] = frozenset({"alone", "silent"})
"""When our copy stands in for the original: the wire speaks it, and search engines find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times between polls; each is taken 20 % shorter or longer by chance, so that peers do not ask in step."""

    poll: timedelta
    quiet: timedelta
    """Once nothing is new for a while."""
    silent: timedelta
    """How long a home that does not answer is waited for."""

    def next_poll(self, quiet_polls: int, chance: Callable[[], float]) -> timedelta:
        """How long to wait after so many polls in a row that brought nothing; `chance` is from 0 to 1."""
        wait = self.quiet if quiet_polls >= _QUIET_AFTER else self.poll
        return wait * (0.8 + 0.4 * chance())

    def retry(self, tries: int) -> timedelta:
        """When a mirror that did not take a head, or gave no receipt yet, is asked again: 30 s, 1, 2, … 32 min."""
        return self.poll / 20 * (1 << min(tries, _MOST_DOUBLINGS))

    def hearing(self, peer: Peer, now: datetime) -> Hearing:
        """What is known of its home: our own failures first, and only then what others say."""
        if peer.silent_since is None or now - peer.silent_since < self.silent:
            return "answering"
        if peer.silence_agreed_at is not None:
            return "silent"
        long, unheard_for = self.silent * _ALONE_AFTER, now - peer.silent_since
        is_denied = peer.silence_denied_at is not None and now - peer.silence_denied_at < long
        waits = unheard_for < (self.silent * _DENIED_FOR if is_denied else long)
        return "unheard" if waits else "alone"

    def agrees(self, unanswered_since: datetime, now: datetime) -> bool:
        """Whether another mirror has gone without an answer for long enough to confirm a silence."""
        return now - unanswered_since >= self.silent / _HALF

    def may_tell(self, peer: Peer, now: datetime) -> bool:
        """Whether we have asked its home lately enough to tell others how that went."""
        return peer.state == "mutual" and now - peer.poll_at <= self.silent * _TOLD_FOR


PACE: Final = Pace(poll=timedelta(minutes=5), quiet=timedelta(minutes=10), silent=timedelta(minutes=30))
TRIAL: Final = Pace(poll=timedelta(seconds=1), quiet=timedelta(seconds=2), silent=timedelta(seconds=4))
"""For trying out (`dev`): everything happens before one's eyes."""


def pace_of(*, dev: bool) -> Pace:
    """The pace of a node."""
    return TRIAL if dev else PACE
