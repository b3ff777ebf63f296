"""Records as documents: the rows every engine keeps (`storage.rows`), with an `_id` and what indexes need besides.

`_id` is the key itself when it is one field, else the SHA-256 of it: so it is unique on every shard.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from storage.mongo.database import Scope
from storage.mongo.driver import Document, Duplicate, Filter, Order
from storage.rows import Rows

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


def id_of(*key: str | int) -> str | int:
    """The `_id` of a key."""
    if len(key) == 1:
        return key[0]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()


class Documents(Rows[R]):
    """One collection and the record its documents are; `key` names the fields of the `_id`.

    `derive` gives the fields that only indexes and filters need.
    """

    def __init__(
        self,
        name: str,
        record: type[R],
        *,
        key: tuple[str, ...],
        without: tuple[str, ...] = (),
        numerals: tuple[str, ...] = (),
        derive: Callable[[Mapping[str, Any]], Document] | None = None,
    ) -> None:
        super().__init__(record, without=without, numerals=numerals)
        self.name: Final = name
        self._key: Final = key
        self._derive: Final = derive

    def document(self, record: R, **others: object) -> Document:
        """The document of a record; `others` are fields that the record does not have."""
        return self.complete({**self.row(record), **others})

    def complete(self, row: Mapping[str, Any]) -> Document:
        """A row with its `_id` and derived fields."""
        derived = self._derive(row) if self._derive else {}
        return {"_id": id_of(*(row[field] for field in self._key)), **row, **derived}

    async def add(self, within: Scope, record: R, **others: object) -> bool:
        """Insert; False (and no change) when a document stands in the way. In a transaction it reads first."""
        document = self.document(record, **others)
        if within.session is not None and await within[self.name].find_one({"_id": document["_id"]}, only=("_id",)):
            return False
        try:
            await within[self.name].insert(document)
        except Duplicate:
            if within.session is not None:
                raise  # the transaction is lost; run again it reads what stands now
            return False
        return True

    async def save(self, within: Scope, record: R, **others: object) -> bool:
        """Insert, or replace the document of the same key; True when it is new."""
        return await within[self.name].replace(self.document(record, **others))

    async def select(
        self, within: Scope, filter: Filter, *, sort: Order = (), limit: int = 0, skip: int = 0
    ) -> list[R]:
        """The records of what matches, in this order; all of them with limit 0."""
        found = await within[self.name].find(filter, sort=sort, limit=limit, skip=skip)
        return [self.record_of(document) for document in found]

    async def find(self, within: Scope, filter: Filter, *, sort: Order = ()) -> R | None:
        """The first record of `select`, or None."""
        return next(iter(await self.select(within, filter, sort=sort, limit=1)), None)


async def count_states(within: Scope, name: str, none: Mapping[str, int]) -> dict[str, int]:
    """How many documents of a collection are in each state; `none` names the states."""
    by_state: list[Document] = [
        {"$match": {"state": {"$in": list(none)}}},
        {"$group": {"_id": "$state", "count": {"$sum": 1}}},
    ]
    return {**none, **{one["_id"]: int(one["count"]) for one in await within[name].aggregate(by_state)}}
