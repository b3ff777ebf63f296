"""`checkpoint?size=N` waits for a head of that size: nothing is held meanwhile but the connection, of few at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from federation.patience import wait_until
from federation.turns import Pause
from node.bells import Bell
from storage.ids import LogName
from storage.records import KeptLog
from storage.store import KeptLogs

PATIENCE_SECONDS: Final = 8.0
MOST_AT_ONCE: Final = 200
MOST_OF_ONE: Final = 8
"""Waiting requests of one stranger; whoever is over it is answered at once."""


@dataclass(slots=True)
class HeadWaiters:
    """Those who wait for a head."""

    bell: Bell
    pause: Pause
    _of_one: Counter[int | None] = field(default_factory=Counter)
    _rings: list[asyncio.Event] = field(default_factory=list)
    _is_over: bool = False

    async def end(self, _app: web.Application) -> None:
        """The application ends: whoever waits is answered now."""
        self._is_over = True
        for rang in self._rings:
            rang.set()

    async def wait(self, store: KeptLogs, name: LogName, size: int, *, asker: int | None) -> KeptLog | None:
        """The log when its head covers `size` entries, or as it is after 8 s."""
        log = await store.find_log(name)
        if not _is_short(log, size) or not self._has_room(asker):
            return log

        async def is_there() -> bool:
            return self._is_over or not _is_short(await store.find_log(name), size)

        with self._counted(asker), self._listening() as rang:
            await wait_until(is_there, rang, pause=self.pause, seconds=PATIENCE_SECONDS)
        return await store.find_log(name)

    def _has_room(self, asker: int | None) -> bool:
        is_ours = asker is None
        return self._of_one.total() < MOST_AT_ONCE and (is_ours or self._of_one[asker] < MOST_OF_ONE)

    @contextmanager
    def _counted(self, asker: int | None) -> Iterator[None]:
        self._of_one[asker] += 1
        try:
            yield
        finally:
            self._of_one[asker] -= 1
            if not self._of_one[asker]:
                del self._of_one[asker]

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Event]:
        rang = asyncio.Event()
        self.bell.listeners.append(rang.set)
        self._rings.append(rang)
        try:
            yield rang
        finally:
            self.bell.listeners.remove(rang.set)
            self._rings.remove(rang)


def _is_short(log: KeptLog | None, size: int) -> bool:
    return log is not None and log.checkpoint_size < size
