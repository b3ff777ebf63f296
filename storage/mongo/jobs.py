"""Work that one process at a time does."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.ids import Lease
from storage.mongo.database import Scope
from storage.mongo.driver import Duplicate
from storage.mongo.noun import Noun
from storage.rows import ticks

_JOBS: Final = "jobs"


class MongoJobs(Noun):
    """`storage.store.Jobs`."""

    async def claim_job(self, name: str, lease: Lease, *, now: datetime, until: datetime) -> bool:
        return await self.database.write(lambda within: _claim(within, name, lease, ticks(now), ticks(until)))

    async def finish_job(self, name: str, lease: Lease, *, due_at: datetime) -> bool:
        done = {"$set": {"lease": None, "due_at": ticks(due_at)}}
        return await self.database.write(lambda within: within[_JOBS].update({"_id": name, "lease": lease}, done)) == 1


async def _claim(within: Scope, name: str, lease: Lease, now: int, until: int) -> bool:
    lent = {"lease": lease, "due_at": until}
    mine_or_due = {"_id": name, "$or": [{"lease": lease}, {"due_at": {"$lte": now}}]}
    if await within[_JOBS].update(mine_or_due, {"$set": lent}):
        return True
    try:
        await within[_JOBS].insert({"_id": name, "name": name, **lent})
    except Duplicate:
        return False
    return True
