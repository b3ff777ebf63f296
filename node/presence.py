"""Several processes on one store: each says that it is there, and compares its clock with the store's server."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from federation.troubles import Trouble
from node.context import Node
from node.server_clock import LOOK_EVERY
from node.version import VERSION
from storage.errors import StorageError
from storage.records import Process, ProcessKind

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=15)
GONE_AFTER: Final = timedelta(minutes=1)
"""Who was not seen for so long has ended without a word."""


@dataclass(slots=True)
class Presence:
    """This process among those on the store."""

    node: Node
    process: Process
    _looked_at: datetime | None = None
    _trouble: Trouble = field(default_factory=lambda: Trouble(log, "words of who works here"))
    _clock_was_right: bool = True
    _saving: asyncio.Future[None] | None = None

    async def run_once(self) -> None:
        """Say that we are here, and each minute look at the clock; what is wrong is logged once."""
        now = self.node.now()
        try:
            if self._looked_at is None or not timedelta(0) <= now - self._looked_at < LOOK_EVERY:
                await self._look_at_clock()
                self._looked_at = now
            self.process = replace(self.process, seen_at=self.node.now())
            saved = self.node.store.save_process(self.process, gone_before=self.process.seen_at - GONE_AFTER)
            self._saving = asyncio.ensure_future(saved)
            await asyncio.shield(self._saving)
        except StorageError as problem:
            self._trouble.halts(problem)
        else:
            self._trouble.is_over()

    async def run(self) -> None:
        """Until cancelled; nothing else ends it."""
        while True:
            try:
                await self.run_once()
            except Exception:
                log.exception("who works here is told of at the next time")
            await self.node.surroundings.pause(EVERY.total_seconds())

    async def end(self) -> None:
        """We are gone; when the store is away it is found out later.

        A word under way is waited for: whoever sent it may have been cancelled, and it would say so after we are gone.
        """
        try:
            if self._saving is not None:
                await asyncio.wait([self._saving])
            await self.node.store.remove_process(self.process.id)
        except StorageError as problem:
            self._trouble.halts(problem)

    async def _look_at_clock(self) -> None:
        clock = self.node.server_clock
        await clock.look()
        if self._clock_was_right and not clock.is_right:
            log.error("the clock is wrong, so nothing is claimed or published", extra={"problem": clock.problem})
        elif clock.is_right and not self._clock_was_right:
            log.warning("the clock is right again, so work goes on")
        self._clock_was_right = clock.is_right


async def list_at_work(node: Node) -> list[Process]:
    """Who was seen on the store within the last minute: one that was killed alone is forgotten by nobody."""
    seen_since = node.now() - GONE_AFTER
    return [process for process in await node.store.list_processes() if process.seen_at > seen_since]


def presence_of(node: Node, kind: ProcessKind) -> Presence:
    """The presence of this process, not told to anybody yet."""
    now = node.now()
    id = str(node.surroundings.new_lease())
    return Presence(node, Process(id=id, kind=kind, version=VERSION, started_at=now, seen_at=now))
