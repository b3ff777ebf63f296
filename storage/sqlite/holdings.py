"""What goes along with held logs: evidence, what is withheld, media."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import Did, Digest, ObjectId
from storage.records import Evidence, HeldMedia, Withheld
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_EVIDENCE: Final = Table("evidence", Evidence, key=("did", "digest"))
_WITHHELD: Final = Table("withheld", Withheld, key=("did", "object"))
_MEDIA: Final = Table("held_media", HeldMedia, key=("did", "digest"))
_MEASURE: Final = """
    SELECT coalesce(sum(iif(is_held = 1, size, 0)), 0), count(*) FILTER (WHERE is_held = 0 AND is_named = 1)
    FROM held_media WHERE did = ?
"""


class SqliteHoldings(Noun):
    """`storage.store.Holdings`."""

    async def add_evidence(self, evidence: Evidence) -> bool:
        return await self.database.write(lambda connection: _EVIDENCE.add(connection, evidence))

    async def list_evidence(self, did: Did | None = None) -> list[Evidence]:
        of_one = "" if did is None else "WHERE did = :did"
        rest = f"{of_one} ORDER BY found_at, did, digest"
        return await self.database.read(lambda connection: _EVIDENCE.select(connection, rest, did=did))

    async def withhold(self, withheld: Withheld) -> None:
        await self.database.write(lambda connection: _WITHHELD.save(connection, withheld))

    async def show_again(self, did: Did, object: ObjectId) -> bool:
        return await self._change("DELETE FROM withheld WHERE did = ? AND object = ?", did, object) == 1

    async def list_withheld(self, did: Did) -> list[Withheld]:
        rest = "WHERE did = :did ORDER BY object"
        return await self.database.read(lambda connection: _WITHHELD.select(connection, rest, did=did))

    async def save_held_media(self, media: Sequence[HeldMedia]) -> None:
        given = tuple(media)
        await self.database.write(lambda connection: [_MEDIA.save(connection, one) for one in given])

    async def list_held_media(
        self, did: Did | None, *, is_held: bool | None, after: Digest | None, limit: int
    ) -> list[HeldMedia]:
        conditions = ["digest > :after"]
        conditions += [] if did is None else ["did = :did"]
        conditions += [] if is_held is None else ["is_held = :is_held"]
        bounds: dict[str, object] = {"did": did, "is_held": is_held, "after": after or "", "limit": limit}
        among = f"WHERE {' AND '.join(conditions)}"
        return await self.database.read(lambda connection: _list_media(connection, among, bounds))

    async def measure_held_media(self, did: Did) -> tuple[int, int]:
        found = await self.database.read(lambda connection: connection.execute(_MEASURE, (did,)).fetchone())
        return int(found[0]), int(found[1])


def _list_media(connection: sqlite3.Connection, among: str, bounds: dict[str, object]) -> list[HeldMedia]:
    """A page never ends between two unions that hold the same file, or the next would begin behind both."""
    page = _MEDIA.select(connection, f"{among} ORDER BY digest, did LIMIT :limit", **bounds)
    if len(page) == bounds["limit"] and page and bounds["did"] is None:
        last = {**bounds, "digest": page[-1].digest, "last": page[-1].did}
        page += _MEDIA.select(connection, f"{among} AND digest = :digest AND did > :last ORDER BY did", **last)
    return page
