"""What mirrors have promised about logs."""

from __future__ import annotations

from typing import Final

from storage.ids import LogName
from storage.leaves import receipts_in_order
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Document, Duplicate, Filter
from storage.mongo.noun import Noun
from storage.records import Receipt

_RECEIPTS: Final = Documents("receipts", Receipt, key=("log", "mirror"))


class MongoReceipts(Noun):
    """`storage.store.Receipts`."""

    async def save_receipt(self, receipt: Receipt) -> bool:
        return await self.database.write(lambda within: _save(within, _RECEIPTS.document(receipt)))

    async def list_receipts(self, log: LogName) -> list[Receipt]:
        return receipts_in_order(await self.database.read(lambda within: _RECEIPTS.select(within, {"log": log})))


async def _save(within: Scope, new: Document) -> bool:
    if await _replace_older(within, new):
        return True
    try:
        await within[_RECEIPTS.name].insert(new)
    except Duplicate:
        return await _replace_older(within, new)
    return True


async def _replace_older(within: Scope, new: Document) -> bool:
    is_older: list[Filter] = [
        {"size": {"$lt": new["size"]}},
        {"size": new["size"], "at": {"$lte": new["at"]}},
    ]
    change = {"$set": {"size": new["size"], "at": new["at"], "line": new["line"]}}
    return await within[_RECEIPTS.name].update({"_id": new["_id"], "$or": is_older}, change) == 1
