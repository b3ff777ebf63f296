"""Waiting for something to be so, and not for longer than is good."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from federation.turns import Pause


async def wait_until(
    happened: Callable[[], Awaitable[bool]], rang: asyncio.Event, *, pause: Pause, seconds: float
) -> bool:
    """Ask whether it has happened, and again whenever it rang, for so many seconds; whether it has."""
    late: asyncio.Future[Any] = asyncio.ensure_future(pause(seconds))
    try:
        while True:
            rang.clear()
            if await happened():
                return True
            if late.done():
                return False
            await _either(rang, late)
    finally:
        late.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await late


async def _either(rang: asyncio.Event, late: asyncio.Future[Any]) -> None:
    ringing: asyncio.Future[Any] = asyncio.ensure_future(rang.wait())
    try:
        await asyncio.wait([ringing, late], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()
