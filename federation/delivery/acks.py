"""Results of deliveries, gathered for a moment and written together: one commit for a hundred of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from storage.ids import Host
from storage.records import DeliveryResult
from storage.store import Deliveries

BATCH: Final = 100
DELAY: Final = timedelta(milliseconds=50)


class Acks:
    """Results not written yet; `ripe` when there is a batch, or when the first has waited for `DELAY`."""

    def __init__(
        self,
        store: Deliveries,
        *,
        resting_until: Callable[[Host], datetime | None],
        ripened: Callable[[], None],
    ) -> None:
        """`resting_until` tells how long a host rests, `ripened` hears that results waited long enough."""
        self._store = store
        self._resting_until = resting_until
        self._ripened = ripened
        self._waiting: list[tuple[Host, DeliveryResult]] = []
        self._overdue = False
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def ripe(self) -> bool:
        """Whether it is time to write."""
        return self._overdue or len(self._waiting) >= BATCH

    def add(self, host: Host, result: DeliveryResult) -> None:
        """Keep a result until the next writing."""
        self._waiting.append((host, result))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY.total_seconds(), self._ripen)

    async def write(self) -> None:
        """Write everything; when the store refuses, it raises, and all is kept for the next time."""
        batch = list(self._waiting)
        await self._store.finish_deliveries([self._after_the_rest(host, result) for host, result in batch])
        del self._waiting[: len(batch)]
        self._stop_timer()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(DELAY.total_seconds(), self._ripen)

    def close(self) -> None:
        """Forget the timer; nothing is written."""
        self._stop_timer()

    def _after_the_rest(self, host: Host, result: DeliveryResult) -> DeliveryResult:
        """A delivery that waits is not due while its host rests."""
        until = self._resting_until(host)
        if until is None or result.state != "waiting":
            return result
        return replace(result, due_at=max(result.due_at, until))

    def _ripen(self) -> None:
        self._timer = None
        self._overdue = True
        self._ripened()

    def _stop_timer(self) -> None:
        self._overdue = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
