"""Who follows our actors."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId, ActorId, InboxUrl
from storage.records import Follower, FollowerState
from storage.rows import json_list
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_FOLLOWERS: Final = Table("followers", Follower, key=("actor", "follows"))
_PAIR: Final = "WHERE actor = :actor AND follows = :follows"


class SqliteFollowers(Noun):
    """`storage.store.Followers`."""

    async def save_follower(self, follower: Follower) -> bool:
        return await self.database.write(lambda connection: _save_follower(connection, follower))

    async def find_follower(self, actor: ActorId, follows: ActorId) -> Follower | None:
        return await self.database.read(
            lambda connection: _FOLLOWERS.find(connection, _PAIR, actor=actor, follows=follows)
        )

    async def set_follower_state(self, actor: ActorId, follows: ActorId, state: FollowerState) -> bool:
        statement = "UPDATE followers SET state = ? WHERE actor = ? AND follows = ?"
        return await self._change(statement, state, actor, follows) == 1

    async def remove_follower(self, actor: ActorId, follows: ActorId) -> bool:
        return await self._change("DELETE FROM followers WHERE actor = ? AND follows = ?", actor, follows) == 1

    async def remove_follow(self, activity: ActivityId, actor: ActorId) -> bool:
        statement = "DELETE FROM followers WHERE actor = ? AND activity = ?"
        return await self._change(statement, actor, activity) > 0

    async def remove_follower_everywhere(self, actor: ActorId) -> int:
        return await self._change("DELETE FROM followers WHERE actor = ?", actor)

    async def list_follows_of(self, actor: ActorId) -> list[Follower]:
        rest = "WHERE actor = :actor ORDER BY follows"
        return await self.database.read(lambda connection: _FOLLOWERS.select(connection, rest, actor=actor))

    async def list_followers(self, follows: ActorId | None, *, after: ActorId | None, limit: int) -> list[Follower]:
        """A page never ends between two follows of one actor, so it may be a little longer than `limit`."""
        return await self.database.read(lambda connection: _list_followers(connection, follows, after or "", limit))

    async def count_followers(self, follows: ActorId, *, state: FollowerState = "accepted") -> int:
        statement = "SELECT count(*) FROM followers WHERE follows = ? AND state = ?"
        given = (follows, state)
        return await self.database.read(lambda connection: int(connection.execute(statement, given).fetchone()[0]))

    async def list_delivery_inboxes(self, follows: ActorId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        return await self.database.read(lambda connection: _list_inboxes(connection, follows, after or "", limit))

    async def list_foreign_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        return await self.database.read(lambda connection: _list_foreign(connection, inboxes))


_FOREIGN: Final = """
    SELECT named.value FROM json_each(?) AS named WHERE NOT EXISTS (
      SELECT 1 FROM followers WHERE delivery_inbox = named.value AND instr(substr(actor, 9), '/') > 0
        AND instr(named.value, substr(actor, 1, instr(substr(actor, 9), '/') + 8)) = 1)
"""
"""An actor's id up to the slash behind its host is its origin, whether it begins with `https://` or `http://`."""


def _list_foreign(connection: sqlite3.Connection, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
    return {InboxUrl(inbox) for (inbox,) in connection.execute(_FOREIGN, (json_list(inboxes),))}


def _save_follower(connection: sqlite3.Connection, follower: Follower) -> bool:
    is_new = _FOLLOWERS.find(connection, _PAIR, actor=follower.actor, follows=follower.follows) is None
    _FOLLOWERS.save(connection, follower)
    return is_new


def _list_followers(connection: sqlite3.Connection, follows: ActorId | None, after: str, limit: int) -> list[Follower]:
    of_one = "" if follows is None else "AND follows = :follows"
    rest = f"WHERE actor > :after {of_one} ORDER BY actor, follows LIMIT :limit"
    page = _FOLLOWERS.select(connection, rest, after=after, follows=follows, limit=limit)
    if follows is not None or len(page) < limit or not page:
        return page
    last = page[-1]
    rest = "WHERE actor = :actor AND follows > :follows ORDER BY follows"
    return page + _FOLLOWERS.select(connection, rest, actor=last.actor, follows=last.follows)


def _list_inboxes(connection: sqlite3.Connection, follows: ActorId, after: str, limit: int) -> list[InboxUrl]:
    rows = connection.execute(
        "SELECT DISTINCT delivery_inbox FROM followers"
        " WHERE follows = ? AND state = 'accepted' AND delivery_inbox > ? ORDER BY delivery_inbox LIMIT ?",
        (follows, after, limit),
    )
    return [InboxUrl(inbox) for (inbox,) in rows.fetchall()]
