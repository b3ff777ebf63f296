"""Other people's actors and notes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from storage.errors import StorageError
from storage.ids import ActorId, KeyId, ObjectId
from storage.kept_keys import KeptKeys
from storage.records import CommentState, RemoteActor, RemoteKey, RemotePost
from storage.rows import LARGEST, json_list, ticks
from storage.sqlite.database import Database
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

Cursor = tuple[datetime, ObjectId] | None
"""The time and id of the last note seen; the next page lies below."""

_ACTORS: Final = Table("remote_actors", RemoteActor, key=("id",), without=("keys",))
_KEYS: Final = Table("remote_keys", RemoteKey, key=("id", "owner"))
_POSTS: Final = Table("remote_posts", RemotePost, key=("id", "actor"))
_RENEW_FOLLOWERS: Final = """
    UPDATE followers SET inbox = :inbox, shared_inbox = :shared_inbox
    WHERE actor = :id AND (inbox <> :inbox OR shared_inbox IS NOT :shared_inbox)
"""
_KEEP_BLOCKED: Final = """
    INSERT INTO blocks (target, kind, reason, blocked_at)
    SELECT known.id, 'actor', reason, blocked_at FROM remote_actors AS known
    JOIN blocks ON blocks.target = known.address AND blocks.kind = 'address'
    WHERE known.id = :id AND known.handle <> :handle ON CONFLICT DO NOTHING
"""
"""Whoever is blocked by address may call itself otherwise from now on; its id stays."""
_RENEW_FOLLOWING: Final = "UPDATE following SET inbox = :inbox WHERE follows = :id AND inbox <> :inbox"
_TOMBSTONES_LEFT: Final = """
    DELETE FROM remote_tombstones WHERE (id, actor) IN (
      SELECT id, actor FROM remote_tombstones WHERE deleted_at < :before ORDER BY deleted_at LIMIT :limit)
"""
_ACTORS_LEFT: Final = """
    DELETE FROM remote_actors WHERE id IN (
      SELECT id FROM remote_actors AS old WHERE fetched_at < :before
        AND NOT EXISTS (SELECT 1 FROM followers WHERE actor = old.id)
        AND NOT EXISTS (SELECT 1 FROM following WHERE follows = old.id)
        AND NOT EXISTS (SELECT 1 FROM remote_posts WHERE actor = old.id)
        AND NOT EXISTS (SELECT 1 FROM blocks WHERE target IN (old.id, old.address))
      ORDER BY fetched_at LIMIT :limit)
"""
_NOTES_LEFT: Final = """
    DELETE FROM remote_posts WHERE (id, actor) IN (
      SELECT id, actor FROM remote_posts AS old
      WHERE in_timeline = 0 AND comment_on IS NULL AND received_at < :before
        AND NOT EXISTS (SELECT 1 FROM boosts WHERE object = old.id)
      ORDER BY received_at LIMIT :limit)
"""
_ACTIVITIES_LEFT: Final = """
    DELETE FROM activities WHERE id IN (
      SELECT id FROM activities AS old WHERE created_at < :before
        AND NOT EXISTS (SELECT 1 FROM entries WHERE activity = old.id)
        AND NOT EXISTS (SELECT 1 FROM deliveries WHERE activity = old.id)
        AND NOT EXISTS (SELECT 1 FROM following WHERE activity = old.id)
      ORDER BY created_at LIMIT :limit)
"""
_REACTIONS_LEFT: Final = """
    DELETE FROM reactions WHERE rowid IN (
      SELECT reactions.rowid FROM posts CROSS JOIN reactions ON object = posts.id
      WHERE retracted_at IS NOT NULL AND retracted_at < :before LIMIT :limit)
"""
_MOVES_LEFT: Final = """
    DELETE FROM moves WHERE actor IN (
      SELECT actor FROM moves AS old WHERE state <> 'waiting' AND received_at < :before
        AND NOT EXISTS (SELECT 1 FROM followers WHERE actor = old.actor)
        AND NOT EXISTS (SELECT 1 FROM following WHERE follows = old.actor) LIMIT :limit)
"""


class SqliteRemotes(Noun):
    """`storage.store.Remotes`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._keys: Final = KeptKeys()

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        then = partial(self._keys.forget, actor.id)
        await self.database.write(lambda connection: _save_actor(connection, actor), then=then)

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None:
        return await self.database.read(lambda connection: _find_actor(connection, id))

    async def list_remote_actors(self, ids: Sequence[ActorId]) -> list[RemoteActor]:
        return await self.database.read(lambda connection: _list_actors(connection, ids))

    async def find_remote_key(self, id: KeyId, owner: ActorId | None = None) -> RemoteKey | None:
        if owner is not None and (kept := self._keys.find(owner, id)) is not None:
            return kept
        key = await self.database.look_up(lambda connection: _find_key(connection, id, owner))
        if key is not None:
            self._keys.keep(key)
        return key

    async def remove_remote_actor(self, id: ActorId) -> bool:
        then = partial(self._keys.forget, id)
        return await self.database.write(lambda connection: _remove_actor(connection, id), then=then)

    async def save_remote_post(self, post: RemotePost) -> bool:
        return await self.database.write(lambda connection: _save_post(connection, post))

    async def find_remote_post(self, id: ObjectId, actor: ActorId | None = None) -> RemotePost | None:
        found = await self.list_remote_posts([id])
        return next((post for post in found if actor in {None, post.actor}), None)

    async def list_remote_posts(self, ids: Sequence[ObjectId]) -> list[RemotePost]:
        rest = "WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id, received_at, actor"
        return await self.database.read(lambda connection: _POSTS.select(connection, rest, ids=json_list(ids)))

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> None:
        await self.database.write(lambda connection: _delete_post(connection, id, actor, now))

    async def list_timeline(self, *, before: Cursor, limit: int) -> list[RemotePost]:
        rest = (
            "WHERE in_timeline = 1 AND (published_at, id) < (:time, :id)"
            " ORDER BY published_at DESC, id DESC LIMIT :limit"
        )
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, limit=limit, **_below(before))
        )

    async def list_comments(
        self, on: ObjectId | None, *, state: CommentState | None, before: Cursor, limit: int
    ) -> list[RemotePost]:
        of_one = "" if on is None else "AND comment_on = :on"
        in_state = "" if state is None else "AND comment_state = :state"
        rest = (
            f"WHERE comment_on IS NOT NULL {of_one} {in_state} AND (received_at, id) < (:time, :id)"
            " ORDER BY received_at DESC, id DESC LIMIT :limit"
        )
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, on=on, state=state, limit=limit, **_below(before))
        )

    async def set_comment_state(self, read: RemotePost, state: CommentState) -> bool:
        given = {**_POSTS.row(read), "state": state}
        return await self.database.write(lambda connection: connection.execute(_SET_STATE, given).rowcount) == 1

    async def count_comments(self, on: ObjectId, *, state: CommentState) -> dict[ActorId, int]:
        given = (on, state)
        return await self.database.read(lambda connection: dict(connection.execute(_COUNT_BY_AUTHOR, given).fetchall()))

    async def count_shown_comments(self, on: Sequence[ObjectId]) -> dict[ObjectId, int]:
        return await self.database.read(lambda connection: {one: _count_shown(connection, one) for one in on})

    async def list_shown_comments(self, on: ObjectId, *, skip: int, limit: int) -> list[RemotePost]:
        rest = (
            "WHERE comment_on = :on AND comment_state = 'shown'"
            " ORDER BY received_at DESC, id DESC LIMIT :limit OFFSET :skip"
        )
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, on=on, limit=limit, skip=skip)
        )

    async def count_comments_of(self, actor: ActorId, *, since: datetime) -> int:
        statement = "SELECT count(*) FROM remote_posts WHERE comment_on IS NOT NULL AND actor = ? AND received_at >= ?"
        given = (actor, ticks(since))
        return await self.database.read(lambda connection: int(connection.execute(statement, given).fetchone()[0]))

    async def count_held_comments(self) -> dict[ObjectId, int]:
        return await self.database.read(lambda connection: dict(connection.execute(_COUNT_HELD).fetchall()))

    async def remove_leftovers(self, *, before: datetime, limit: int) -> int:
        then = self._keys.forget_all
        return await self.database.write(lambda connection: _remove_leftovers(connection, before, limit), then=then)


def _below(before: Cursor) -> dict[str, object]:
    return {"time": LARGEST, "id": ""} if before is None else {"time": ticks(before[0]), "id": before[1]}


_SET_STATE: Final = """
    UPDATE remote_posts SET comment_state = :state
    WHERE id = :id AND actor = :actor AND comment_on IS NOT NULL AND (is_public = 1 OR :state <> 'shown')
      AND html = :html AND url = :url AND warning IS :warning AND is_public = :is_public
"""
_COUNT_BY_AUTHOR: Final = """
    SELECT actor, count(*) FROM remote_posts WHERE comment_on = ? AND comment_state = ? GROUP BY actor
"""
_COUNT_HELD: Final = """
    SELECT comment_on, count(*) FROM remote_posts
    WHERE comment_on IS NOT NULL AND comment_state = 'held' GROUP BY comment_on
"""


def _save_actor(connection: sqlite3.Connection, actor: RemoteActor) -> None:
    for key in actor.keys:
        if key.owner != actor.id:
            raise StorageError(f"The key {key.id} is {key.owner}'s, not {actor.id}'s. Nothing was kept.")
    connection.execute(_KEEP_BLOCKED, {"id": actor.id, "handle": actor.handle})
    _ACTORS.save(connection, actor)
    inboxes = {"id": actor.id, "inbox": actor.inbox, "shared_inbox": actor.shared_inbox}
    connection.execute(_RENEW_FOLLOWERS, inboxes)
    connection.execute(_RENEW_FOLLOWING, inboxes)
    connection.execute("DELETE FROM remote_keys WHERE owner = ?", (actor.id,))
    connection.executemany(
        "INSERT OR REPLACE INTO remote_keys (id, owner, place, kind, public, fetched_at)"
        " VALUES (:id, :owner, :place, :kind, :public, :fetched_at)",
        [{**_KEYS.row(key), "place": place} for place, key in enumerate(actor.keys)],
    )


def _find_key(connection: sqlite3.Connection, id: KeyId, owner: ActorId | None) -> RemoteKey | None:
    by_one = "" if owner is None else "AND owner = :owner"
    found = _KEYS.select(connection, f"WHERE id = :id {by_one} ORDER BY owner", id=id, owner=owner)
    return next((key for key in found if key.is_named_after_its_owner), next(iter(found), None))


def _find_actor(connection: sqlite3.Connection, id: ActorId) -> RemoteActor | None:
    statement = f"SELECT {_ACTORS.columns} FROM remote_actors WHERE id = ?"  # noqa: S608  our own column names
    row = connection.execute(statement, (id,)).fetchone()
    if row is None:
        return None
    keys = _KEYS.select(connection, "WHERE owner = :owner ORDER BY place", owner=id)
    return _ACTORS.record(row, keys=tuple(keys))


def _list_actors(connection: sqlite3.Connection, ids: Sequence[ActorId]) -> list[RemoteActor]:
    found = (_find_actor(connection, id) for id in sorted(set(ids)))
    return [actor for actor in found if actor is not None]


def _remove_actor(connection: sqlite3.Connection, id: ActorId) -> bool:
    notes = connection.execute("DELETE FROM remote_posts WHERE actor = ?", (id,)).rowcount
    actors = connection.execute("DELETE FROM remote_actors WHERE id = ?", (id,)).rowcount
    return notes + actors > 0


def _count_shown(connection: sqlite3.Connection, on: ObjectId) -> int:
    statement = "SELECT count(*) FROM remote_posts WHERE comment_on = ? AND comment_state = 'shown'"
    return int(connection.execute(statement, (on,)).fetchone()[0])


def _save_post(connection: sqlite3.Connection, post: RemotePost) -> bool:
    deleted = "SELECT 1 FROM remote_tombstones WHERE id = ? AND actor = ?"
    if connection.execute(deleted, (post.id, post.actor)).fetchone() is not None:
        return False
    return _POSTS.save(connection, post)


def _delete_post(connection: sqlite3.Connection, id: ObjectId, actor: ActorId, now: datetime) -> None:
    connection.execute("DELETE FROM remote_posts WHERE id = ? AND actor = ?", (id, actor))
    connection.execute(
        "INSERT INTO remote_tombstones (id, actor, deleted_at) VALUES (?, ?, ?) ON CONFLICT (id, actor) DO NOTHING",
        (id, actor, ticks(now)),
    )


def _remove_leftovers(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    bounds = {"before": ticks(before), "limit": limit}
    kinds = (_TOMBSTONES_LEFT, _NOTES_LEFT, _ACTORS_LEFT, _ACTIVITIES_LEFT, _REACTIONS_LEFT, _MOVES_LEFT)
    return sum(connection.execute(kind, bounds).rowcount for kind in kinds)
