"""Who likes our updates or passed them on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Reaction, ReactionKind
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_REACTIONS: Final = Table("reactions", Reaction, key=("object", "kind", "actor"))
_KEY: Final = "WHERE object = :object AND kind = :kind AND actor = :actor"


class SqliteReactions(Noun):
    """`storage.store.Reactions`."""

    async def add_reaction(self, reaction: Reaction) -> bool:
        return await self.database.write(lambda connection: _add(connection, reaction))

    async def remove_reaction(self, object: ObjectId, kind: ReactionKind, actor: ActorId) -> bool:
        statement = "DELETE FROM reactions WHERE object = ? AND kind = ? AND actor = ?"
        return await self._change(statement, object, kind, actor) == 1

    async def remove_reaction_named(self, activity: ActivityId, actor: ActorId) -> bool:
        return await self._change("DELETE FROM reactions WHERE actor = ? AND activity = ?", actor, activity) > 0

    async def remove_reactions_of(self, actor: ActorId) -> int:
        return await self._change("DELETE FROM reactions WHERE actor = ?", actor)

    async def count_reactions(self, object: ObjectId) -> dict[ReactionKind, int]:
        return await self.database.read(lambda connection: _count(connection, object))

    async def count_reactions_of_each(self, objects: Sequence[ObjectId]) -> dict[ObjectId, dict[ReactionKind, int]]:
        return await self.database.read(lambda connection: {one: _count(connection, one) for one in objects})


def _add(connection: sqlite3.Connection, reaction: Reaction) -> bool:
    standing = _REACTIONS.find(connection, _KEY, object=reaction.object, kind=reaction.kind, actor=reaction.actor)
    _REACTIONS.save(connection, reaction)
    return standing is None


def _count(connection: sqlite3.Connection, object: ObjectId) -> dict[ReactionKind, int]:
    statement = "SELECT kind, count(*) FROM reactions WHERE object = ? GROUP BY kind"
    return {"like": 0, "share": 0, **dict(connection.execute(statement, (object,)).fetchall())}
