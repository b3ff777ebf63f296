"""Deliveries wait until a mirror holds what they carry, but never long (protocol §3: one receipt, or 2 s)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol

from federation.patience import wait_until
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
        await wait_until(partial(self._is_held, name, size), self._came, pause=self._pause, seconds=PATIENCE_SECONDS)

    async def _has_mirror(self) -> bool:
        return any(peer.state == "mutual" for peer in await self._store.list_peers())

    async def _is_held(self, name: LogName, size: int) -> bool:
        return any(receipt.size >= size for receipt in await self._store.list_receipts(name))
