"""Our own actors."""

from __future__ import annotations

from typing import Final

from storage.errors import NotFound, StorageError
from storage.ids import ActorId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import LocalActor

_ACTORS: Final = Documents("actors", LocalActor, key=("id",))
_AMONG_KINDS: Final = ("instance", "union")
"""Of the same moment these come first."""


class MongoActors(Noun):
    """`storage.store.Actors`."""

    async def add_actor(self, actor: LocalActor) -> bool:
        return await self.database.write(lambda within: _ACTORS.add(within, actor))

    async def save_actor(self, actor: LocalActor) -> None:
        await self.database.transact(lambda within: save_actor(within, actor))

    async def find_actor(self, id: ActorId) -> LocalActor | None:
        return await self.database.read(lambda within: _ACTORS.find(within, {"_id": id}))

    async def find_actor_by_handle(self, handle: str) -> LocalActor | None:
        return await self.database.read(lambda within: _ACTORS.find(within, {"handle": handle}))

    async def list_actors(self) -> list[LocalActor]:
        return sorted(await self.database.read(lambda within: _ACTORS.select(within, {})), key=_place)


def _place(actor: LocalActor) -> tuple[object, ...]:
    kind = _AMONG_KINDS.index(actor.kind) if actor.kind in _AMONG_KINDS else len(_AMONG_KINDS)
    return actor.created_at, kind, actor.id


async def save_actor(within: Scope, actor: LocalActor) -> None:
    """Replace an actor that stands, in a transaction."""
    if await _ACTORS.find(within, {"_id": actor.id}) is None:
        raise NotFound(f"There is no actor {actor.id} here. `picketline campaign list` shows those there are.")
    named = await _ACTORS.find(within, {"handle": actor.handle})
    if named is not None and named.id != actor.id:
        raise StorageError(f"The handle {actor.handle} is taken by {named.id}. Choose another one.")
    await _ACTORS.save(within, actor)


async def add_or_save_actor(within: Scope, actor: LocalActor) -> None:
    """Keep an actor, new or not, in a transaction; `NotFound` when its handle is another's."""
    taken = await within[_ACTORS.name].find_one({"handle": actor.handle}, only=("_id",))
    if taken is not None or not await _ACTORS.add(within, actor):
        await save_actor(within, actor)
