"""Who probes a host whose rest is over: one process, where several deliver from one store.

Each of them would be lent other deliveries of that host, so that lending alone does not keep them from probing it at
once. Hosts share a fixed number of jobs, so that their table stays small; two of the same job wait for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from federation.budgets import ShortMemory
from storage.ids import Host, Lease
from storage.store import Jobs

LASTS: Final = timedelta(minutes=2)
"""As long as the errands of a claim: what is sent in it was answered before another may probe."""
ASK_AGAIN: Final = timedelta(seconds=30)
"""What others were lent meanwhile waits so long; a success makes it due at once."""
_JOBS: Final = 1024


class Probing:
    """The probes of this process."""

    def __init__(self, store: Jobs, *, now: Callable[[], datetime], leases: Callable[[], Lease]) -> None:
        self._store, self._now, self._leases = store, now, leases
        self._ours: ShortMemory[Host, Lease] = ShortMemory(lasting=LASTS)

    async def ask(self, host: Host) -> None:
        """Ask to be the one who probes; others may be at it. Raises `StorageError`."""
        now = self._now()
        lease = self._ours.recall(host, now) or self._leases()
        if await self._store.claim_job(job_of(host), lease, now=now, until=now + LASTS):
            self._ours.remember(host, lease, now)

    def is_ours(self, host: Host) -> bool:
        """Whether we may send to the host."""
        return self._ours.recall(host, self._now()) is not None

    async def end(self, host: Host) -> None:
        """The host has answered, or has not: whoever comes next may probe. Raises `StorageError`."""
        lease = self._ours.recall(host, self._now())
        if lease is not None:
            self._ours.forget(host)
            await self._store.finish_job(job_of(host), lease, due_at=self._now())


def job_of(host: Host) -> str:
    """Under which name a host is probed."""
    return f"probe {int.from_bytes(hashlib.sha256(host.encode()).digest()[:4]) % _JOBS}"
