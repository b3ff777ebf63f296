"""What others complain about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.ids import ActivityId, ActorId
from storage.records import Report
from storage.rows import ticks
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_REPORTS: Final = Table("reports", Report, key=("id", "actor"))


class SqliteReports(Noun):
    """`storage.store.Reports`."""

    async def add_report(self, report: Report) -> bool:
        return await self.database.write(lambda connection: _REPORTS.add(connection, report))

    async def list_reports(self, *, limit: int) -> list[Report]:
        rest = "ORDER BY received_at DESC, id DESC LIMIT :limit"
        return await self.database.read(lambda connection: _REPORTS.select(connection, rest, limit=limit))

    async def remove_report(self, id: ActivityId) -> int:
        return await self._change("DELETE FROM reports WHERE id = ?", id)

    async def count_reports(self, *, since: datetime, actor: ActorId | None = None) -> int:
        by_one = "" if actor is None else "AND actor = :actor"
        statement = f"SELECT count(*) FROM reports WHERE received_at >= :since {by_one}"  # noqa: S608  our own words
        given = {"since": ticks(since), "actor": actor}
        return await self.database.read(lambda connection: int(connection.execute(statement, given).fetchone()[0]))
