"""Requests under way, and how many may be: those that wait long for their answer step aside for others.

Without that, a few dozen hosts that accept a connection and never answer would fill every place until they
time out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from federation.delivery.parcels import Errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """At most `at_once` fresh requests, and at most `aside` more that have waited longer than `patience`."""

    at_once: int = 64
    aside: int = 448
    patience: timedelta = timedelta(milliseconds=150)


ROOM: Final = Room()


class Slots:
    """The requests under way, as many as there is room for."""

    def __init__(
        self,
        *,
        carry: Callable[[Errand], Coroutine[Any, Any, None]],
        ended: Callable[[Errand], None],
        freed: Callable[[], None],
        room: Room,
    ) -> None:
        """`carry` makes a request, `ended` hears that it ended, `freed` that a slow one gave up its place."""
        self._carry = carry
        self._ended = ended
        self._freed = freed
        self._at_once = room.at_once
        self._most_aside = room.aside
        self._patience = room.patience.total_seconds()
        self._under_way: dict[asyncio.Task[None], Errand] = {}
        self._slow: dict[asyncio.Task[None], None] = {}
        """Slow ones that keep their place, because aside is full."""
        self._aside: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many requests are under way."""
        return len(self._under_way)

    @property
    def has_room(self) -> bool:
        """Whether another request may begin now."""
        return len(self._under_way) - len(self._aside) < self._at_once

    def begin(self, errand: Errand) -> None:
        """Carry the errand in a task of its own."""
        task = asyncio.create_task(self._carry(errand))
        self._under_way[task] = errand
        timer = asyncio.get_running_loop().call_later(self._patience, self._slow_down, task)
        task.add_done_callback(lambda done: self._finish(done, timer))

    async def drain(self, grace: timedelta) -> list[Errand]:
        """Wait up to `grace` for what is under way, then break off the rest; the errands broken off."""
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=grace.total_seconds())
        return await self.break_off()

    async def break_off(self) -> list[Errand]:
        """End every request now; the errands of those that had not ended."""
        broken = dict(self._under_way)
        for task in broken:
            task.cancel()
        await asyncio.gather(*broken, return_exceptions=True)
        return [errand for task, errand in broken.items() if task.cancelled()]

    def _slow_down(self, task: asyncio.Task[None]) -> None:
        if task in self._under_way:
            self._slow[task] = None
            self._make_room()

    def _make_room(self) -> None:
        """Let the slowest step aside while there is room for them."""
        while self._slow and len(self._aside) < self._most_aside:
            task = next(iter(self._slow))
            del self._slow[task]
            self._aside.add(task)
            self._freed()

    def _finish(self, task: asyncio.Task[None], timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        errand = self._under_way.pop(task)
        self._slow.pop(task, None)
        self._aside.discard(task)
        self._make_room()
        self._ended(errand)
