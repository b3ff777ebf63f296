"""Whose store this is, and the charters it knows."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.errors import WrongStore
from storage.ids import Did
from storage.records import Charter, Union
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_UNIONS: Final = Table("unions", Union, key=("did",))
_CHARTERS: Final = Table("charters", Charter, key=("did", "epoch", "digest"))


class SqliteUnions(Noun):
    """`storage.store.Unions`."""

    async def add_union(self, union: Union) -> bool:
        return await self.database.write(lambda connection: _add_union(connection, union))

    async def find_union(self) -> Union | None:
        return await self.database.read(lambda connection: _UNIONS.find(connection, ""))

    async def add_charter(self, charter: Charter) -> bool:
        return await self.database.write(lambda connection: _CHARTERS.add(connection, charter))

    async def list_charters(self, did: Did) -> list[Charter]:
        rest = "WHERE did = :did ORDER BY epoch DESC, digest"
        return await self.database.read(lambda connection: _CHARTERS.select(connection, rest, did=did))


def _add_union(connection: sqlite3.Connection, union: Union) -> bool:
    standing = _UNIONS.find(connection, "")
    if standing is not None and standing.did != union.did:
        raise WrongStore(
            f"This store belongs to another union, {standing.name} ({standing.did}). Nothing was changed. "
            "Look at the `store` setting: each union needs a store of its own."
        )
    return _UNIONS.add(connection, union)
