"""What goes along with held logs: evidence, what is withheld, media."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.ids import Did, Digest, ObjectId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Document, Filter, Order
from storage.mongo.noun import Noun
from storage.records import Evidence, HeldMedia, Withheld

_EVIDENCE: Final = Documents("evidence", Evidence, key=("did", "digest"))
_WITHHELD: Final = Documents("withheld", Withheld, key=("did", "object"))
_MEDIA: Final = Documents("held_media", HeldMedia, key=("did", "digest"))
_OLDEST_FIRST: Final = (("found_at", 1), ("did", 1), ("digest", 1))
_OLDEST_OF_ONE: Final = (("found_at", 1), ("digest", 1))
_SUMS: Final[Document] = {
    "$group": {"_id": ["$is_held", "$is_named"], "bytes": {"$sum": "$size"}, "count": {"$sum": 1}}
}


class MongoHoldings(Noun):
    """`storage.store.Holdings`."""

    async def add_evidence(self, evidence: Evidence) -> bool:
        return await self.database.write(lambda within: _EVIDENCE.add(within, evidence))

    async def list_evidence(self, did: Did | None = None) -> list[Evidence]:
        filter, order = ({}, _OLDEST_FIRST) if did is None else ({"did": did}, _OLDEST_OF_ONE)
        return await self.database.read(lambda within: _EVIDENCE.select(within, filter, sort=order))

    async def withhold(self, withheld: Withheld) -> None:
        await self.database.write(lambda within: _WITHHELD.save(within, withheld))

    async def show_again(self, did: Did, object: ObjectId) -> bool:
        this = {"_id": id_of(did, object)}
        return await self.database.write(lambda within: within[_WITHHELD.name].delete(this)) == 1

    async def list_withheld(self, did: Did) -> list[Withheld]:
        order = (("object", 1),)
        return await self.database.read(lambda within: _WITHHELD.select(within, {"did": did}, sort=order))

    async def save_held_media(self, media: Sequence[HeldMedia]) -> None:
        documents = {(one.did, one.digest): _MEDIA.document(one) for one in media}
        changes = [({"_id": new.pop("_id")}, {"$set": new}) for new in documents.values()]
        await self.database.write(lambda within: within[_MEDIA.name].update_each(changes, upsert=True))

    async def list_held_media(
        self, did: Did | None, *, is_held: bool | None, after: Digest | None, limit: int
    ) -> list[HeldMedia]:
        of_one = {} if did is None else {"did": did}
        held = {} if is_held is None else {"is_held": int(is_held)}
        among = {**of_one, **held}
        return await self.database.read(lambda within: _list_media(within, among, after or "", limit))

    async def measure_held_media(self, did: Did) -> tuple[int, int]:
        pipeline: list[Document] = [{"$match": {"did": did}}, _SUMS]
        found = await self.database.read(lambda within: within[_MEDIA.name].aggregate(pipeline))
        return (
            sum(int(one["bytes"]) for one in found if one["_id"][0]),
            sum(int(one["count"]) for one in found if one["_id"] == [0, 1]),
        )


async def _list_media(within: Scope, among: Filter, after: str, limit: int) -> list[HeldMedia]:
    """A page never ends between two unions that hold the same file, or the next would begin behind both."""
    order: Order = (("digest", 1),) if "did" in among else (("digest", 1), ("did", 1))
    page = await _MEDIA.select(within, {**among, "digest": {"$gt": after}}, sort=order, limit=limit)
    if len(page) == limit and page and "did" not in among:
        last: Filter = {**among, "digest": page[-1].digest, "did": {"$gt": page[-1].did}}
        page += await _MEDIA.select(within, last, sort=(("did", 1),))
    return page
