"""The process looks after itself: how late its event loop comes round, and a word for systemd's watchdog."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from node.metrics import Metrics
from node.notify import notify, watchdog_pause

EVERY_SECONDS: Final = 0.05
"""So short that nothing can hold up the loop for long without being seen: it cannot hide between two looks."""
_AHEAD_SECONDS: Final = 1.0
"""By which systemd is told before it would begin to wonder."""


@asynccontextmanager
async def watching(metrics: Metrics, tell: Callable[[str], object] = notify) -> AsyncIterator[None]:
    """Watch until the end of the block."""
    task = asyncio.create_task(watch(metrics, tell, watchdog_pause()), name="watching")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def watch(metrics: Metrics, tell: Callable[[str], object], pause: timedelta | None) -> None:
    """Count the loop's lag; while every worker works, say so each `pause`. A stuck one is left to systemd."""
    due = metrics.clock()
    while True:
        before, worked = metrics.clock(), metrics.work_clock()
        await asyncio.sleep(EVERY_SECONDS)
        now = metrics.clock()
        metrics.loop_lag.observe(max(0.0, now - before - EVERY_SECONDS))
        metrics.loop_longest.observe(now - before, now)
        metrics.loop_work.observe(metrics.work_clock() - worked, now)
        if pause is not None and now >= due and not metrics.stuck():
            tell("WATCHDOG=1")
            due = now + pause.total_seconds() - _AHEAD_SECONDS
