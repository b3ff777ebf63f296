"""Several processes on one store, on one machine or on many: what they share, and what only one of them does.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from storage.ids import Lease
from storage.records import Process


class Sharing(Protocol):
    """Whether there may be others."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may work on this store at once."""


class Jobs(Protocol):
    """Work that one process at a time does; a job nobody has claimed yet is due."""

    async def claim_job(self, name: str, lease: Lease, *, now: datetime, until: datetime) -> bool:
        """Lend the job; False while another's lease stands, or before the job is due.

        Its holder may claim again, even after the lease lapsed if nobody took it: then it lasts until the new `until`.
        """

    async def finish_job(self, name: str, lease: Lease, *, due_at: datetime) -> bool:
        """The job is done and due again then; False, and nothing changes, when the lease is no longer ours."""


class News(Protocol):
    """Numbers that grow when something changed, so that each process forgets what it keeps in memory."""

    async def ring(self, subject: str) -> None:
        """Something about this subject has changed: its number grows by one."""

    async def list_news(self) -> dict[str, int]:
        """The number of each subject that ever rang."""


class Processes(Protocol):
    """Who works on this store."""

    async def save_process(self, process: Process, *, gone_before: datetime) -> None:
        """Add or renew it, and forget those last seen before then."""

    async def remove_process(self, id: str) -> bool:
        """False when there is none of this id."""

    async def list_processes(self) -> list[Process]:
        """Newest started first, then by id."""

    async def find_server_time(self) -> datetime | None:
        """What the clock of the store's own server says; None where there is no server."""


class Spending(Protocol):
    """Budgets that all processes share."""

    async def add_spending(self, spent: Mapping[str, int], *, now: datetime, keep_until: datetime) -> dict[str, int]:
        """Add to these budgets; the running total of each of them afterwards.

        A total is kept until the moment named when it began, and from that moment on begins anew at 0.
        """

    async def remove_spending(self, *, before: datetime, limit: int) -> int:
        """Forget totals kept until some moment before then, at most `limit`; how many."""
