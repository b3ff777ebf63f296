"""Work that one process at a time does."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.ids import Lease
from storage.rows import ticks
from storage.sqlite.noun import Noun

_CLAIM: Final = """
    INSERT INTO jobs (name, lease, due_at) VALUES (:name, :lease, :until)
    ON CONFLICT (name) DO UPDATE SET lease = :lease, due_at = :until WHERE lease = :lease OR due_at <= :now
"""
_FINISH: Final = "UPDATE jobs SET lease = NULL, due_at = :due_at WHERE name = :name AND lease = :lease"


class SqliteJobs(Noun):
    """`storage.store.Jobs`."""

    async def claim_job(self, name: str, lease: Lease, *, now: datetime, until: datetime) -> bool:
        given = {"name": name, "lease": lease, "now": ticks(now), "until": ticks(until)}
        return await self.database.write(lambda connection: connection.execute(_CLAIM, given).rowcount == 1)

    async def finish_job(self, name: str, lease: Lease, *, due_at: datetime) -> bool:
        given = {"name": name, "lease": lease, "due_at": ticks(due_at)}
        return await self.database.write(lambda connection: connection.execute(_FINISH, given).rowcount == 1)
