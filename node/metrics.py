"""What the running node counts of itself: plain numbers in memory, so that counting costs next to nothing.

No host, address, actor or id is ever a key here; the keys are few and chosen by us.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, thread_time
from typing import Final

from aiohttp import web

from federation.errors import FederationError
from storage.errors import StorageError

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper ends of the steps in which durations are counted; what lasts longer has a step of its own."""
LATELY_SECONDS: Final = 15
"""As often as metrics are mostly asked for, so that a longest is seen at least once."""
PATIENCE: Final = {"delivery": 60.0, "inbox": 120.0}
"""For how many seconds a worker may be silent; each says something at every turn, waiting or not."""


@dataclass(slots=True)
class Durations:
    """How often something took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Longest:
    """The longest of what was seen lately: in this stretch of fifteen seconds and the one before."""

    _stretch: int = 0
    _now: float = 0.0
    _before: float = 0.0

    def observe(self, seconds: float, at: float) -> None:
        """Something took so long; `at` is the clock when it ended."""
        self._go_on(at)
        self._now = max(self._now, seconds)

    def seconds(self, at: float) -> float:
        """The longest of at least the last fifteen seconds, and of no more than thirty."""
        self._go_on(at)
        return max(self._now, self._before)

    def _go_on(self, at: float) -> None:
        stretch = int(at // LATELY_SECONDS)
        if stretch != self._stretch:
            self._before = self._now if stretch == self._stretch + 1 else 0.0
            self._stretch, self._now = stretch, 0.0


@dataclass(slots=True, kw_only=True)
class Metrics:
    """Counts since the process began."""

    received: Counter[str] = field(default_factory=Counter)
    """Activities taken: new, or known already."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests to an inbox that were refused, by the kind of reason."""
    attempts: Counter[str] = field(default_factory=Counter)
    """Attempts to deliver: delivered, put off, given up."""
    publishing: Durations = field(default_factory=Durations)
    delivering: Durations = field(default_factory=Durations)
    receiving: Durations = field(default_factory=Durations)
    loop_lag: Durations = field(default_factory=Durations)
    """How much later than due the event loop came round."""
    loop_longest: Longest = field(default_factory=Longest)
    """The whole time between two looks at the loop: nothing held it up for longer than the longest of them."""
    loop_work: Longest = field(default_factory=Longest)
    """How much of such a time the loop worked itself; the rest it waited, for work or for a processor."""
    beats: dict[str, float] = field(default_factory=dict)
    """When each worker was last heard of."""
    clock: Callable[[], float] = monotonic
    work_clock: Callable[[], float] = thread_time
    """Processor time of the thread that asks."""

    def took(self, outcome: str, lasted: timedelta) -> None:
        """An attempt to deliver ended."""
        self.attempts[outcome] += 1
        self.delivering.observe(lasted.total_seconds())

    def beat(self, worker: str) -> None:
        """A worker says that it works."""
        self.beats[worker] = self.clock()

    def stuck(self) -> list[str]:
        """Workers that were not heard of for too long, or never."""
        now = self.clock()
        return [name for name, most in PATIENCE.items() if now - self.beats.get(name, now - most - 1) > most]


def reason_of(error: Exception) -> str:
    """The kind of a refusal in one word, of a fixed few."""
    match error:
        case web.HTTPException():
            return f"http_{error.status}"
        case FederationError():
            return type(error).__name__
        case StorageError():
            return "store"
        case _:
            return "mistake"
