"""What our actors pass on: derived from the log."""

from __future__ import annotations

from typing import Final

from storage.ids import ActivityId, ActorId
from storage.records import Boost
from storage.rows import LARGEST
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

BOOSTS: Final = Table("boosts", Boost, key=("activity",), numerals=("serial",))
REMOVE_BOOST: Final = "DELETE FROM boosts WHERE activity = ?"
_NAMED: Final = "actor = :actor AND (object = :named OR object IN (SELECT id FROM remote_posts WHERE url = :named))"
_FOREIGN: Final = "NOT EXISTS (SELECT 1 FROM posts WHERE id = boosts.object)"


class SqliteBoosts(Noun):
    """`storage.store.Boosts`."""

    async def add_boost(self, boost: Boost) -> bool:
        return await self.database.write(lambda connection: BOOSTS.add(connection, boost))

    async def find_boost(self, actor: ActorId, named: str) -> Boost | None:
        rest = f"WHERE {_NAMED} ORDER BY object = :named DESC"
        return await self.database.read(lambda connection: BOOSTS.find(connection, rest, actor=actor, named=named))

    async def has_boost(self, activity: ActivityId) -> bool:
        rest = "WHERE activity = :activity"
        return await self.database.read(lambda connection: BOOSTS.find(connection, rest, activity=activity) is not None)

    async def remove_boost(self, activity: ActivityId) -> bool:
        return await self._change(REMOVE_BOOST, activity) == 1

    async def list_boosts(self, actor: ActorId | None, *, before: str | None, limit: int) -> list[Boost]:
        below = LARGEST if before is None else min(int(before), LARGEST)
        whose = _FOREIGN if actor is None else "actor = :actor"
        rest = f"WHERE {whose} AND serial < :below ORDER BY serial DESC LIMIT :limit"
        return await self.database.read(
            lambda connection: BOOSTS.select(connection, rest, actor=actor, below=below, limit=limit)
        )

    async def count_boosts(self, actor: ActorId) -> int:
        statement = "SELECT count(*) FROM boosts WHERE actor = ?"
        return await self.database.read(lambda connection: int(connection.execute(statement, (actor,)).fetchone()[0]))
