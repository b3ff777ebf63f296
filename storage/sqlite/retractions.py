"""What unions took back with their kits."""

from __future__ import annotations

from typing import Final

from storage.ids import Did, ObjectId
from storage.records import Retraction
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_RETRACTIONS: Final = Table("retractions", Retraction, key=("did", "object"))
_ONE: Final = "WHERE did = :did AND object = :object"
_OF_ONE: Final = "WHERE did = :did ORDER BY kept_at DESC, object"


class SqliteRetractions(Noun):
    """`storage.store.Retractions`."""

    async def add_retraction(self, retraction: Retraction) -> bool:
        return await self.database.write(lambda connection: _RETRACTIONS.add(connection, retraction))

    async def find_retraction(self, did: Did, object: ObjectId) -> Retraction | None:
        return await self.database.read(lambda connection: _RETRACTIONS.find(connection, _ONE, did=did, object=object))

    async def list_retractions(self, did: Did) -> list[Retraction]:
        return await self.database.read(lambda connection: _RETRACTIONS.select(connection, _OF_ONE, did=did))
