"""Fetches under way: whoever asks for the same thing meanwhile shares the one flight."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar, cast

from federation.errors import TooMany

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
C = TypeVar("C", bound=Hashable)


class Flights(Generic[K]):
    """At most `most` fetches at once, one per key; a caller who gives up does not end it for the others.

    Of one group (a host) at most `most_of_a_group`, so that a host that hangs cannot take every place; and for one
    asker at most `most_of_an_asker`, so that nobody can with hosts of his own.
    """

    def __init__(
        self,
        *,
        most: int,
        group: Callable[[K], Hashable] | None = None,
        most_of_a_group: int = 32,
        most_of_an_asker: int = 16,
    ) -> None:
        self._most = most
        self._group = group or (lambda _key: None)
        self._most_of_a_group = most_of_a_group if group is not None else most
        self._tasks: dict[K, asyncio.Task[Any]] = {}
        self._groups: Counter[Hashable] = Counter()
        self._most_of_an_asker = most_of_an_asker
        self._askers: Counter[int] = Counter()

    def __contains__(self, key: K) -> bool:
        return key in self._tasks

    async def join(self, key: K, start: Callable[[], Coroutine[Any, Any, T]], *, asker: int | None = None) -> T:
        """What `start` returns or raises, started only when no flight of this key is under way.

        `TooMany` when all places are taken, or all that the asker may have.
        """
        task = self._tasks.get(key)
        if task is None:
            task = self._launch(key, start, asker)
        return cast(T, await asyncio.shield(task))

    def _launch(self, key: K, start: Callable[[], Coroutine[Any, Any, T]], asker: int | None) -> asyncio.Task[Any]:
        if len(self._tasks) >= self._most:
            raise TooMany(f"Already {self._most} fetches are under way; try again in a moment.", retry_after=10)
        group = self._group(key)
        if self._groups[group] >= self._most_of_a_group:
            raise TooMany(f"Already {self._most_of_a_group} fetches from there are under way.", retry_after=10)
        if asker is not None and self._askers[asker] >= self._most_of_an_asker:
            raise TooMany("Too many fetches are under way for one address.", retry_after=10)
        task = asyncio.create_task(start())
        self._tasks[key] = task
        self._groups[group] += 1
        if asker is not None:
            self._askers[asker] += 1
        task.add_done_callback(lambda ended: self._land(key, ended, asker))
        return task

    def _land(self, key: K, ended: asyncio.Task[Any], asker: int | None) -> None:
        del self._tasks[key]
        _count_down(self._groups, self._group(key))
        if asker is not None:
            _count_down(self._askers, asker)
        if not ended.cancelled():
            ended.exception()  # seen, even when every caller has given up


def _count_down(counts: Counter[C], key: C) -> None:
    """One less, and no row for nought."""
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
