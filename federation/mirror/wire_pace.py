"""How much the wire passes on of each peer, so that one that publishes much drowns no other and no follower.

What takes something back is never counted and never waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from storage.ids import Did
from storage.records import Activity

A_DAY: Final = 50
"""Boosts, copies and changes of copies of one peer in 24 hours."""
AT_ONCE: Final = 10
"""Of one peer in one round, before it is another's turn."""
DAY: Final = timedelta(hours=24)
_COUNTED: Final = frozenset({"Announce", "Create", "Update"})


def is_counted(type: str) -> bool:
    """Whether saying this takes of what a peer has for a day."""
    return type in _COUNTED


def count_lately(said: Iterable[Activity], now: datetime) -> int:
    """How much of this was said in the last 24 hours."""
    return sum(is_counted(one.type) and now - one.created_at < DAY for one in said)


@dataclass(frozen=True, slots=True)
class Allowances:
    """What was said of each peer, as this process remembers it: a flood passes out of the entries that are read."""

    _times: dict[Did, list[datetime]] = field(default_factory=dict)

    def left(self, peer: Did, said: Iterable[Activity], now: datetime) -> int:
        """How much more may be said in this round, where `said` is what the store knows of the newest entries."""
        remembered = [at for at in self._times.get(peer, ()) if now - at < DAY]
        self._times[peer] = remembered
        return max(0, min(AT_ONCE, A_DAY - max(len(remembered), count_lately(said, now))))

    def note(self, peer: Did, now: datetime) -> None:
        """Something was said of this peer."""
        self._times.setdefault(peer, []).append(now)
