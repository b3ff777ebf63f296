"""Whole collections by pages, for copies from one engine to another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bson import ObjectId as Place

from storage.copied import TABLES, Row
from storage.mongo.database import LONG, Scope
from storage.mongo.delivery_turns import derive_turn
from storage.mongo.documents import id_of
from storage.mongo.driver import Document
from storage.mongo.followers import derive_inboxes
from storage.mongo.indexes import INDEXES, Index
from storage.mongo.kept_leaves import derive_profile
from storage.mongo.noun import Noun
from storage.mongo.posts import derive_lists
from storage.mongo.remotes import derive_address
from storage.mongo.unions import THE_ONE

_MARKS: Final = "copying"
_DERIVE: Final[Mapping[str, Callable[[Row], Mapping[str, Any]]]] = {
    "unions": lambda _row: {"_id": THE_ONE},
    "posts": derive_lists,
    "deliveries": derive_turn,
    "followers": derive_inboxes,
    "remote_actors": derive_address,
    "kept_leaves": derive_profile,
    "received": lambda _row: {"place": Place()},
}
"""What documents have beside their row, as the verbs that write them derive it."""
_IN_ORDER: Final = (("_id", 1),)


class MongoCopies(Noun):
    """`storage.store.Copyable`."""

    async def list_rows(self, table: str, *, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        last = json.loads(after or "null")
        above: Document = {} if last is None else {"_id": {"$gt": last}}
        found = await self.database.read(lambda within: within[table].find(above, sort=_IN_ORDER, limit=limit))
        rows: list[Row] = [{column: _plain(one[column]) for column in TABLES[table].columns} for one in found]
        return rows, None if len(found) < limit else json.dumps(found[-1]["_id"])

    async def put_rows(self, table: str, rows: Sequence[Row]) -> None:
        documents = [document_of(table, row) for row in rows]
        await self.database.write(lambda within: _put(within, table, documents), seconds=LONG)

    async def clear_rows(self, table: str) -> None:
        await self.database.write(lambda within: within[table].delete({}), seconds=LONG)

    async def settle_rows(self) -> None:
        await self.database.write(_settle, seconds=LONG)

    async def list_copy_marks(self) -> dict[str, str]:
        marks = await self.database.read(lambda within: within[_MARKS].find({}))
        return {mark["_id"]: mark["value"] for mark in marks}

    async def save_copy_mark(self, name: str, value: str) -> None:
        await self.database.write(lambda within: within[_MARKS].replace({"_id": name, "value": value}))

    async def remove_copy_marks(self) -> None:
        await self.database.write(lambda within: within[_MARKS].delete({}))


def document_of(table: str, row: Row) -> Document:
    """A row as the document that the verbs would have written."""
    derived = _DERIVE[table](row) if table in _DERIVE else {}
    return {"_id": id_of(*(row[column] for column in TABLES[table].key)), **row, **derived}


def _plain(value: Any) -> Any:
    """The driver brings some bytes as its own kind."""
    return bytes(value) if isinstance(value, bytes) else value


async def _put(within: Scope, table: str, documents: Sequence[Document]) -> None:
    """What stands in the way, by key or by another unique index, is an older state of the source, and goes."""
    if documents:
        unique = [index for index in INDEXES[table] if index.unique] if table in INDEXES else []
        in_the_way = [{"_id": one["_id"]} for one in documents]
        in_the_way += [{**index.where, **_fields(one, index)} for index in unique for one in documents]
        await within[table].delete({"$or": in_the_way})
        await within[table].insert_all(documents)


def _fields(document: Document, index: Index) -> Document:
    return {field: document[field] for field in index.fields}


async def _settle(within: Scope) -> None:
    """Serials go on above the highest."""
    last = await within["deliveries"].find_one({}, sort=(("serial", -1),), only=("serial",))
    if last is not None:
        await within["counters"].update({"_id": "deliveries"}, {"$max": {"last": last["serial"]}})
