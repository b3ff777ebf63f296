"""Health of other hosts: a bounded table, only hosts in trouble have a row."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.ids import Host
from storage.records import HostHealth
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_HOSTS: Final = Table("hosts", HostHealth, key=("host",))
_FORGET: Final = """
    DELETE FROM hosts WHERE host IN (
      SELECT host FROM hosts WHERE host <> :saved ORDER BY resting_until, first_failure_at
      LIMIT max(0, (SELECT count(*) FROM hosts) - :keep))
"""
"""A host that does not rest (NULL sorts first) goes before those that do."""


class SqliteHosts(Noun):
    """`storage.store.Hosts`."""

    async def find_host(self, host: Host) -> HostHealth | None:
        return await self.database.read(lambda connection: _HOSTS.find(connection, "WHERE host = :host", host=host))

    async def save_host(self, health: HostHealth, *, keep: int) -> None:
        """The host just saved stays; of the others, the one whose rest ends first goes."""
        await self.database.write(lambda connection: _save_host(connection, health, keep))

    async def remove_host(self, host: Host) -> bool:
        return await self._change("DELETE FROM hosts WHERE host = ?", host) == 1

    async def list_hosts(self, *, limit: int) -> list[HostHealth]:
        rest = "ORDER BY resting_until DESC, first_failure_at LIMIT :limit"
        return await self.database.read(lambda connection: _HOSTS.select(connection, rest, limit=limit))


def _save_host(connection: sqlite3.Connection, health: HostHealth, keep: int) -> None:
    _HOSTS.save(connection, health)
    connection.execute(_FORGET, {"saved": health.host, "keep": keep})
