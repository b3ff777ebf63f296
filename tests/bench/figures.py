"""What a figure looks like: one JSON line with its limit, its target, and whether that is met."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from node.loops import loop_name


def tell(figure: str, **facts: object) -> None:
    """One JSON line; where there is a target, `met` says whether it is reached."""
    line = {"figure": figure, "loop": loop_name(), **facts}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def tell_ratio(figure: str, costs: list[float], limits: list[float], what: str, *, target: float | None = None) -> None:
    """How much of its limit's rate a figure reaches: medians of rounds that took turns, in µs of processor time."""
    cost, limit = median(costs), median(limits)
    reached = limit / cost
    facts: dict[str, object] = {
        "us": round(cost, 1),
        "limit_us": round(limit, 1),
        "limit": what,
        "of_limit": round(reached, 3),
    }
    tell(figure, **facts, **({} if target is None else {"target": target, "met": reached >= target}))


class Stopwatch:
    """Seconds of this process's processor time (all its threads) and of the wall, until it is stopped."""

    def __init__(self) -> None:
        self._began = (time.process_time(), time.perf_counter())
        self.cpu = self.wall = 0.0

    def stop(self) -> Stopwatch:
        """Read both clocks; may be called again."""
        self.cpu, self.wall = time.process_time() - self._began[0], time.perf_counter() - self._began[1]
        return self


def micros(work: Callable[[], object], *, rounds: int = 7, times: int = 200) -> list[float]:
    """µs of one call, round by round."""
    taken = []
    for _ in range(rounds):
        watch = Stopwatch()
        for _ in range(times):
            work()
        taken.append(watch.stop().cpu / times * 1e6)
    return taken
