"""Whose store this is, and the charters it knows."""

from __future__ import annotations

from typing import Final

from storage.errors import WrongStore
from storage.ids import Did
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Duplicate
from storage.mongo.noun import Noun
from storage.records import Charter, Union

_UNIONS: Final = Documents("unions", Union, key=("did",))
_CHARTERS: Final = Documents("charters", Charter, key=("did", "epoch", "digest"))
_THE_ONE: Final = "the union"
"""The `_id` of the only row, so that a second one finds the place taken."""


class MongoUnions(Noun):
    """`storage.store.Unions`."""

    async def add_union(self, union: Union) -> bool:
        return await self.database.write(lambda within: _add_union(within, union))

    async def find_union(self) -> Union | None:
        return await self.database.read(_find_union)

    async def add_charter(self, charter: Charter) -> bool:
        return await self.database.write(lambda within: _CHARTERS.add(within, charter))

    async def list_charters(self, did: Did) -> list[Charter]:
        order = (("epoch", -1), ("digest", 1))
        return await self.database.read(lambda within: _CHARTERS.select(within, {"did": did}, sort=order))


async def _find_union(within: Scope) -> Union | None:
    return await _UNIONS.find(within, {"_id": _THE_ONE})


async def _add_union(within: Scope, union: Union) -> bool:
    try:
        await within[_UNIONS.name].insert({**_UNIONS.document(union), "_id": _THE_ONE})
    except Duplicate:
        standing = await _find_union(within)
        if standing is not None and standing.did != union.did:
            raise WrongStore(
                f"This store belongs to another union, {standing.name} ({standing.did}). Nothing was changed. "
                "Look at the `store` setting: each union needs a store of its own."
            ) from None
        return False
    return True
