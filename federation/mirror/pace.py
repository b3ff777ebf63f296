"""How often peers are asked, and when one that does not answer counts as silent; pure (protocol §4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.records import Peer

_QUIET_AFTER: Final = 2
"""Polls in a row that brought nothing."""
_MOST_DOUBLINGS: Final = 7


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

    def is_silent(self, peer: Peer, now: datetime) -> bool:
        """Whether its home has not answered for so long that readers are told."""
        return peer.silent_since is not None and now - peer.silent_since >= self.silent


PACE: Final = Pace(poll=timedelta(minutes=5), quiet=timedelta(minutes=10), silent=timedelta(minutes=30))
TRIAL: Final = Pace(poll=timedelta(seconds=1), quiet=timedelta(seconds=2), silent=timedelta(seconds=4))
"""For trying out (`dev`): everything happens before one's eyes."""


def pace_of(*, dev: bool) -> Pace:
    """The pace of a node."""
    return TRIAL if dev else PACE
