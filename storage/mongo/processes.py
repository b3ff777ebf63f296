"""Who works on this store, and what its server's clock says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import Process
from storage.rows import ticks

_PROCESSES: Final = Documents("processes", Process, key=("id",))


class MongoProcesses(Noun):
    """`storage.store.Processes`."""

    async def save_process(self, process: Process, *, gone_before: datetime) -> None:
        await self.database.write(lambda within: _save(within, process, ticks(gone_before)))

    async def remove_process(self, id: str) -> bool:
        return await self.database.write(lambda within: within[_PROCESSES.name].delete({"_id": id})) == 1

    async def list_processes(self) -> list[Process]:
        order = (("started_at", -1), ("_id", 1))
        return await self.database.read(lambda within: _PROCESSES.select(within, {}, sort=order))

    async def find_server_time(self) -> datetime | None:
        told = (await self.database.read(lambda within: within.client.command({"hello": 1})))["localTime"]
        assert isinstance(told, datetime)  # noqa: S101  every server since 2.4 says so
        return told.replace(tzinfo=UTC)


async def _save(within: Scope, process: Process, gone_before: int) -> None:
    await _PROCESSES.save(within, process)
    await within[_PROCESSES.name].delete({"seen_at": {"$lt": gone_before}})
