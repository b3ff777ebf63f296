"""Who works on this store."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from storage.records import Process
from storage.rows import ticks
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_PROCESSES: Final = Table("processes", Process, key=("id",))


class SqliteProcesses(Noun):
    """`storage.store.Processes`."""

    async def save_process(self, process: Process, *, gone_before: datetime) -> None:
        await self.database.write(lambda connection: _save(connection, process, gone_before))

    async def remove_process(self, id: str) -> bool:
        return await self._change("DELETE FROM processes WHERE id = ?", id) == 1

    async def list_processes(self) -> list[Process]:
        rest = "ORDER BY started_at DESC, id"
        return await self.database.read(lambda connection: _PROCESSES.select(connection, rest))

    async def find_server_time(self) -> datetime | None:
        return None


def _save(connection: sqlite3.Connection, process: Process, gone_before: datetime) -> None:
    _PROCESSES.save(connection, process)
    connection.execute("DELETE FROM processes WHERE seen_at < ?", (ticks(gone_before),))
