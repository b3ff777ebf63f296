"""How requests to other hosts are signed: a bounded table."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.records import HostScheme
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_SCHEMES: Final = Table("host_schemes", HostScheme, key=("host",))
_FORGET: Final = """
    DELETE FROM host_schemes WHERE host IN (
      SELECT host FROM host_schemes WHERE host <> :saved ORDER BY learnt_at, host
      LIMIT max(0, (SELECT count(*) FROM host_schemes) - :keep))
"""


class SqliteHostSchemes(Noun):
    """`storage.store.HostSchemes`."""

    async def save_host_scheme(self, learnt: HostScheme, *, keep: int) -> None:
        await self.database.write(lambda connection: _save(connection, learnt, keep))

    async def list_host_schemes(self, *, limit: int) -> list[HostScheme]:
        rest = "ORDER BY learnt_at DESC, host DESC LIMIT :limit"
        return await self.database.read(lambda connection: _SCHEMES.select(connection, rest, limit=limit))


def _save(connection: sqlite3.Connection, learnt: HostScheme, keep: int) -> None:
    _SCHEMES.save(connection, learnt)
    connection.execute(_FORGET, {"saved": learnt.host, "keep": keep})
