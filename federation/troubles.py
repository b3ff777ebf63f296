"""What stays wrong for a while is told once when it begins, and once when it is over; and what outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from federation.errors import HeadRefused
from storage.errors import StorageError

T = TypeVar("T")


class Trouble:
    """Something that halts a loop; the loop tries again by itself, so each kind of trouble is one line."""

    def __init__(self, log: logging.Logger, work: str) -> None:
        """`work` is what halts and goes on, in the plural: `deliveries`."""
        self._log: Final = log
        self._work: Final = work
        self._told: set[str] = set()

    def halts(self, error: Exception) -> None:
        """It was tried, and this came of it; what storage and our log say is for people, other words may be of them."""
        kind = type(error).__name__
        if kind not in self._told:
            self._told.add(kind)
            facts = {
                "outcome": kind,
                **({"problem": str(error)} if isinstance(error, StorageError | HeadRefused) else {}),
            }
            self._log.warning("%s halted", self._work, extra=facts)

    async def outlive(self, work: Awaitable[T], *, otherwise: T) -> T:
        """What the work answers, or `otherwise` when it failed, which is written down.

        The one place where every kind of fault is caught: a mistake of ours in one thing must not end a worker, for
        then nothing else would be done until somebody starts the node again.
        """
        try:
            answer = await work
        except StorageError as problem:
            self.halts(problem)
        except Exception:  # noqa: BLE001  as above
            self._log.exception("%s go on after a fault", self._work)
        else:
            self.is_over()
            return answer
        return otherwise

    def is_over(self) -> None:
        """It was tried, and nothing was wrong."""
        if self._told:
            self._told.clear()
            self._log.info("%s go on", self._work)


async def keep_at(
    work: Callable[[], Awaitable[object]], awake: asyncio.Event, trouble: Trouble, *, wait: Callable[[], timedelta]
) -> None:
    """Work again and again until cancelled, whenever somebody wakes it or it has waited long enough."""
    while True:
        awake.clear()
        await trouble.outlive(work(), otherwise=None)
        await woken(awake, wait())


async def woken(awake: asyncio.Event, within: timedelta) -> None:
    """Until it is set, or so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await awake.wait()
