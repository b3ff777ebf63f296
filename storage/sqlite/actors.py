"""Our own actors."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.errors import NotFound, StorageError
from storage.ids import ActorId
from storage.records import LocalActor
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_ACTORS: Final = Table("actors", LocalActor, key=("id",))
_OF_ID: Final = "WHERE id = :id"
_OF_HANDLE: Final = "WHERE handle = :handle"
_OLDEST_FIRST: Final = """
    ORDER BY created_at, CASE kind WHEN 'instance' THEN 0 WHEN 'union' THEN 1 ELSE 2 END, id
"""


class SqliteActors(Noun):
    """`storage.store.Actors`."""

    async def add_actor(self, actor: LocalActor) -> bool:
        return await self.database.write(lambda connection: _ACTORS.add(connection, actor))

    async def save_actor(self, actor: LocalActor) -> None:
        await self.database.write(lambda connection: _save_actor(connection, actor))

    async def find_actor(self, id: ActorId) -> LocalActor | None:
        return await self.database.read(lambda connection: _ACTORS.find(connection, _OF_ID, id=id))

    async def find_actor_by_handle(self, handle: str) -> LocalActor | None:
        return await self.database.look_up(lambda connection: _ACTORS.find(connection, _OF_HANDLE, handle=handle))

    async def list_actors(self) -> list[LocalActor]:
        return await self.database.read(lambda connection: _ACTORS.select(connection, _OLDEST_FIRST))


def add_or_save_actor(connection: sqlite3.Connection, actor: LocalActor) -> None:
    """Keep it, or replace the one of its id; `StorageError` when its handle is another's."""
    if not _ACTORS.add(connection, actor):
        _save_actor(connection, actor)


def _save_actor(connection: sqlite3.Connection, actor: LocalActor) -> None:
    if _ACTORS.find(connection, _OF_ID, id=actor.id) is None:
        raise NotFound(f"There is no actor {actor.id} here. `picketline campaign list` shows those there are.")
    named = _ACTORS.find(connection, _OF_HANDLE, handle=actor.handle)
    if named is not None and named.id != actor.id:
        raise StorageError(f"The handle {actor.handle} is taken by {named.id}. Choose another one.")
    _ACTORS.save(connection, actor)
