"""Whom our actors follow."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.ids import ActivityId, ActorId
from storage.records import Following, FollowingState
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_FOLLOWING: Final = Table("following", Following, key=("actor", "follows"))
_PAIR: Final = "WHERE actor = :actor AND follows = :follows"


class SqliteFollowing(Noun):
    """`storage.store.FollowingOf`."""

    async def save_following(self, following: Following) -> bool:
        return await self.database.write(lambda connection: _save_following(connection, following))

    async def find_following(self, actor: ActorId, follows: ActorId) -> Following | None:
        return await self.database.read(
            lambda connection: _FOLLOWING.find(connection, _PAIR, actor=actor, follows=follows)
        )

    async def set_following_state(self, activity: ActivityId, follows: ActorId, state: FollowingState) -> bool:
        statement = "UPDATE following SET state = ? WHERE activity = ? AND follows = ?"
        return await self._change(statement, state, activity, follows) > 0

    async def remove_following(self, actor: ActorId, follows: ActorId) -> bool:
        statement = "DELETE FROM following WHERE actor = ? AND follows = ?"
        return await self._change(statement, actor, follows) == 1

    async def remove_following_everywhere(self, follows: ActorId) -> int:
        return await self._change("DELETE FROM following WHERE follows = ?", follows)

    async def list_following(self, actor: ActorId | None = None) -> list[Following]:
        of_one = "" if actor is None else "WHERE actor = :actor"
        rest = f"{of_one} ORDER BY asked_at, actor, follows"
        return await self.database.read(lambda connection: _FOLLOWING.select(connection, rest, actor=actor))

    async def is_followed(self, remote: ActorId) -> bool:
        statement = "SELECT 1 FROM following WHERE follows = ? AND state = 'accepted' LIMIT 1"
        return await self.database.read(
            lambda connection: connection.execute(statement, (remote,)).fetchone() is not None
        )


def _save_following(connection: sqlite3.Connection, following: Following) -> bool:
    is_new = _FOLLOWING.find(connection, _PAIR, actor=following.actor, follows=following.follows) is None
    _FOLLOWING.save(connection, following)
    return is_new
