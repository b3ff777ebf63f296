"""What others complain about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.ids import ActivityId, ActorId
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import Report
from storage.rows import ticks

_REPORTS: Final = Documents("reports", Report, key=("id", "actor"))
_NEWEST_FIRST: Final = (("received_at", -1), ("id", -1))


class MongoReports(Noun):
    """`storage.store.Reports`."""

    async def add_report(self, report: Report) -> bool:
        return await self.database.write(lambda within: _REPORTS.add(within, report))

    async def list_reports(self, *, limit: int) -> list[Report]:
        return await self.database.read(lambda within: _REPORTS.select(within, {}, sort=_NEWEST_FIRST, limit=limit))

    async def remove_report(self, id: ActivityId) -> int:
        return await self.database.write(lambda within: within[_REPORTS.name].delete({"id": id}))

    async def count_reports(self, *, since: datetime, actor: ActorId | None = None) -> int:
        by_one = {} if actor is None else {"actor": actor}
        filter = {**by_one, "received_at": {"$gte": ticks(since)}}
        return await self.database.read(lambda within: within[_REPORTS.name].count(filter))
