"""Fetches under way: whoever asks for the same thing meanwhile shares the one flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar, cast

from federation.errors import TooMany

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Flights(Generic[K]):
    """At most `most` fetches at once, one per key; a caller who gives up does not end it for the others."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._tasks: dict[K, asyncio.Task[Any]] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._tasks

    async def join(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `start` returns or raises, started only when no flight of this key is under way.

        `TooMany` when all places are taken.
        """
        task = self._tasks.get(key)
        if task is None:
            task = self._launch(key, start)
        return cast(T, await asyncio.shield(task))

    def _launch(self, key: K, start: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[Any]:
        if len(self._tasks) >= self._most:
            raise TooMany(f"Already {self._most} fetches are under way; try again in a moment.", retry_after=10)
        task = asyncio.create_task(start())
        self._tasks[key] = task
        task.add_done_callback(lambda ended: self._land(key, ended))
        return task

    def _land(self, key: K, ended: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not ended.cancelled():
            ended.exception()  # seen, even when every caller has given up
