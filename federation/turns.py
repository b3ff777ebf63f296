"""Whose turn it is to do what one process at a time does, where several work on one store.

A turn is a job lent by the store until a lease lapses; whoever is at it extends the lease, and when a process dies
another has its turn. On a store of one process it is always that one's turn, and the store is not asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from storage.errors import LeaseLost, StorageError
from storage.ids import Lease
from storage.store import Jobs, Sharing

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
"""How long the others wait for a process that died."""
_EARLY: Final = LEASE / 3
"""A lease is extended this long after it began, so that one failure is no loss."""
_LOOK_AGAIN: Final = timedelta(seconds=1)
_AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Past on every clock: our present may lie ahead of another process."""

Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""


class JobStore(Jobs, Sharing, Protocol):
    """What turns read and write."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """A job in our hands."""

    name: str
    lease: Lease
    due_at: datetime | None = None
    """When it is due again once this turn is over; None is at once."""
    extended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Takes turns at this store; one for the whole node."""

    store: JobStore
    now: Callable[[], datetime]
    new_lease: Callable[[], Lease]
    pause: Pause = field(default=asyncio.sleep)
    _unsettled: dict[str, Lease] = field(default_factory=dict, init=False)
    """By job: a lease that may stand although nobody is at it, because the store was away when it began or ended."""

    @asynccontextmanager
    async def try_for(self, name: str) -> AsyncIterator[Turn | None]:
        """Our turn at this job, until the end of the block; None when it is another's turn, or not due."""
        lease = self._unsettled.pop(name) if name in self._unsettled else self.new_lease()
        turn = Turn(name=name, lease=lease, extended_at=self.now())
        if not await self._begin(turn):
            yield None
            return
        try:
            yield turn
        finally:
            await self._finish(turn)

    @asynccontextmanager
    async def wait_for(self, name: str) -> AsyncIterator[Turn]:
        """Our turn at this job, however long others are at it; kept until the end of the block."""
        while True:
            async with self.try_for(name) as turn:
                if turn is not None:
                    async with self.keeping(turn):
                        yield turn
                    return
            await self.look_again()

    async def look_again(self) -> None:
        """Wait a moment for whoever is at it."""
        await self.pause(_LOOK_AGAIN.total_seconds())

    async def extend(self, turn: Turn) -> None:
        """Hold on to it when a third of its lease is over; `LeaseLost` when another has had its turn meanwhile."""
        now = self.now()
        if not self.store.is_shared or now - turn.extended_at < _EARLY:
            return
        if not await self._claim(turn):
            raise LeaseLost(f"Another process took over {turn.name}. Leave it to that one.")
        turn.extended_at = now

    @asynccontextmanager
    async def keeping(self, turn: Turn) -> AsyncIterator[None]:
        """Hold on to it for as long as the block takes, and this process lives."""
        if not self.store.is_shared:
            yield
            return
        task = asyncio.create_task(self._keep(turn), name=f"turn at {turn.name}")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep(self, turn: Turn) -> None:
        while True:
            await self.pause(_EARLY.total_seconds())
            try:
                await self.extend(turn)
            except LeaseLost:
                log.warning("another process took over", extra={"job": turn.name})
                return
            except StorageError as error:
                log.warning("a turn was not extended", extra={"job": turn.name, "why": type(error).__name__})

    async def _begin(self, turn: Turn) -> bool:
        try:
            return await self._claim(turn)
        except StorageError:
            self._unsettled[turn.name] = turn.lease
            raise

    async def _claim(self, turn: Turn) -> bool:
        if not self.store.is_shared:
            return True
        now = self.now()
        return await self.store.claim_job(turn.name, turn.lease, now=now, until=now + LEASE)

    async def _finish(self, turn: Turn) -> None:
        """What cannot be given back now is ours when we ask next, and anybody's when it has lapsed."""
        if not self.store.is_shared:
            return
        try:
            await self.store.finish_job(turn.name, turn.lease, due_at=turn.due_at or _AT_ONCE)
        except StorageError:
            self._unsettled[turn.name] = turn.lease
