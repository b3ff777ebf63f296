"""What unions took back with their kits."""

from __future__ import annotations

from typing import Final

from storage.ids import Did, ObjectId
from storage.mongo.documents import Documents, id_of
from storage.mongo.noun import Noun
from storage.records import Retraction

_RETRACTIONS: Final = Documents("retractions", Retraction, key=("did", "object"))
_LAST_FIRST: Final = (("kept_at", -1), ("object", 1))


class MongoRetractions(Noun):
    """`storage.store.Retractions`."""

    async def add_retraction(self, retraction: Retraction) -> bool:
        return await self.database.write(lambda within: _RETRACTIONS.add(within, retraction))

    async def find_retraction(self, did: Did, object: ObjectId) -> Retraction | None:
        this = {"_id": id_of(did, object)}
        return await self.database.read(lambda within: _RETRACTIONS.find(within, this))

    async def list_retractions(self, did: Did) -> list[Retraction]:
        return await self.database.read(lambda within: _RETRACTIONS.select(within, {"did": did}, sort=_LAST_FIRST))
