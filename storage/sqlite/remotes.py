"""Other people's actors and notes."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from storage.errors import StorageError
from storage.ids import ActorId, KeyId, ObjectId
from storage.records import CommentState, RemoteActor, RemoteKey, RemotePost
from storage.sqlite.noun import Noun
from storage.sqlite.table import LARGEST, Table, ticks

_ACTORS: Final = Table("remote_actors", RemoteActor, key=("id",), without=("keys",))
_KEYS: Final = Table("remote_keys", RemoteKey, key=("id",))
_POSTS: Final = Table("remote_posts", RemotePost, key=("id",))
_OF_ID: Final = "WHERE id = :id"


class SqliteRemotes(Noun):
    """`storage.store.Remotes`."""

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        await self.database.write(lambda connection: _save_actor(connection, actor))

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None:
        return await self.database.read(lambda connection: _find_actor(connection, id))

    async def find_remote_key(self, id: KeyId) -> RemoteKey | None:
        return await self.database.read(lambda connection: _KEYS.find(connection, _OF_ID, id=id))

    async def remove_remote_actor(self, id: ActorId) -> bool:
        return await self.database.write(lambda connection: _remove_actor(connection, id))

    async def save_remote_post(self, post: RemotePost) -> bool:
        return await self.database.write(lambda connection: _save_post(connection, post))

    async def find_remote_post(self, id: ObjectId) -> RemotePost | None:
        return await self.database.read(lambda connection: _POSTS.find(connection, _OF_ID, id=id))

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> bool:
        return await self.database.write(lambda connection: _delete_post(connection, id, actor, now))

    async def list_timeline(self, *, before: datetime | None, limit: int) -> list[RemotePost]:
        rest = "WHERE in_timeline = 1 AND published_at < :below ORDER BY published_at DESC, id DESC LIMIT :limit"
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, below=_below(before), limit=limit)
        )

    async def list_comments(
        self, on: ObjectId | None, *, state: CommentState | None, before: datetime | None, limit: int
    ) -> list[RemotePost]:
        of_one = "" if on is None else "AND comment_on = :on"
        in_state = "" if state is None else "AND comment_state = :state"
        rest = (
            f"WHERE comment_on IS NOT NULL {of_one} {in_state} AND received_at < :below"
            " ORDER BY received_at DESC, id DESC LIMIT :limit"
        )
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, on=on, state=state, below=_below(before), limit=limit)
        )


def _below(before: datetime | None) -> int:
    return LARGEST if before is None else ticks(before)


def _save_actor(connection: sqlite3.Connection, actor: RemoteActor) -> None:
    for key in actor.keys:
        if key.owner != actor.id:
            raise StorageError(f"The key {key.id} is {key.owner}'s, not {actor.id}'s. Nothing was kept.")
    _ACTORS.save(connection, actor)
    connection.execute("DELETE FROM remote_keys WHERE owner = ?", (actor.id,))
    connection.executemany(
        "INSERT OR REPLACE INTO remote_keys (id, owner, place, kind, public, fetched_at)"
        " VALUES (:id, :owner, :place, :kind, :public, :fetched_at)",
        [{**_KEYS.row(key), "place": place} for place, key in enumerate(actor.keys)],
    )


def _find_actor(connection: sqlite3.Connection, id: ActorId) -> RemoteActor | None:
    statement = f"SELECT {_ACTORS.columns} FROM remote_actors WHERE id = ?"  # noqa: S608  our own column names
    row = connection.execute(statement, (id,)).fetchone()
    if row is None:
        return None
    keys = _KEYS.select(connection, "WHERE owner = :owner ORDER BY place", owner=id)
    return _ACTORS.record(row, keys=tuple(keys))


def _remove_actor(connection: sqlite3.Connection, id: ActorId) -> bool:
    notes = connection.execute("DELETE FROM remote_posts WHERE actor = ?", (id,)).rowcount
    actors = connection.execute("DELETE FROM remote_actors WHERE id = ?", (id,)).rowcount
    return notes + actors > 0


def _save_post(connection: sqlite3.Connection, post: RemotePost) -> bool:
    if _tombstone_actor(connection, post.id) is not None:
        return False
    return _POSTS.save(connection, post, unless="actor <> excluded.actor")


def _delete_post(connection: sqlite3.Connection, id: ObjectId, actor: ActorId, now: datetime) -> bool:
    post = _POSTS.find(connection, _OF_ID, id=id)
    owner = post.actor if post is not None else _tombstone_actor(connection, id)
    if owner is not None and owner != actor:
        return False
    connection.execute("DELETE FROM remote_posts WHERE id = ?", (id,))
    connection.execute(
        "INSERT INTO remote_tombstones (id, actor, deleted_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (id, actor, ticks(now)),
    )
    return True


def _tombstone_actor(connection: sqlite3.Connection, id: ObjectId) -> str | None:
    row = connection.execute("SELECT actor FROM remote_tombstones WHERE id = ?", (id,)).fetchone()
    return None if row is None else str(row[0])
