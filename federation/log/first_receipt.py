"""Deliveries wait until a mirror holds what they carry, but never long (protocol §3: one receipt, or 2 s)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from federation.turns import Pause
from storage.ids import LogName
from storage.store import Peers, Receipts

PATIENCE_SECONDS: Final = 2.0


class ReceiptStore(Peers, Receipts, Protocol):
    """What is looked at meanwhile."""


class FirstReceipt:
    """Waits for a receipt of our own log; where there is no mirror, not at all."""

    def __init__(self, store: ReceiptStore, name: Callable[[], Awaitable[LogName]], pause: Pause) -> None:
        self._store, self._name, self._pause = store, name, pause
        self._came = asyncio.Event()

    def note(self) -> None:
        """A receipt came; whoever waits looks whether it is the one."""
        self._came.set()

    async def wait(self, size: int) -> None:
        """Until one mirror holds the first `size` entries, or 2 s are over."""
        if not await self._has_mirror():
            return
        name = await self._name()
        late = asyncio.ensure_future(self._pause(PATIENCE_SECONDS))
        try:
            while not late.done():
                self._came.clear()
                if await self._is_held(name, size):
                    return
                await self._next(late)
        finally:
            late.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await late

    async def _next(self, late: asyncio.Future[None]) -> None:
        came = asyncio.ensure_future(self._came.wait())
        try:
            await asyncio.wait({came, late}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            came.cancel()

    async def _has_mirror(self) -> bool:
        return any(peer.state == "mutual" for peer in await self._store.list_peers())

    async def _is_held(self, name: LogName, size: int) -> bool:
        return any(receipt.size >= size for receipt in await self._store.list_receipts(name))
