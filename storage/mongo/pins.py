"""Updates on top of their actor's page: derived from the log."""

from __future__ import annotations

from typing import Final

from storage.ids import ActorId, ObjectId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.mongo.posts import select_posts
from storage.records import Pin, Post

PINS: Final = Documents("pins", Pin, key=("object",))


class MongoPins(Noun):
    """`storage.store.Pins`."""

    async def save_pin(self, pin: Pin) -> None:
        await self.database.write(lambda within: PINS.save(within, pin))

    async def find_pin(self, object: ObjectId) -> Pin | None:
        return await self.database.read(lambda within: PINS.find(within, {"_id": object}))

    async def remove_pin(self, object: ObjectId) -> bool:
        return await self.database.write(lambda within: within[PINS.name].delete({"_id": object})) == 1

    async def list_pinned(self, actor: ActorId) -> list[Post]:
        return await self.database.read(lambda within: _list_pinned(within, actor))


async def _list_pinned(within: Scope, actor: ActorId) -> list[Post]:
    pins = await PINS.select(within, {"actor": actor}, sort=(("place", -1),))
    ids = [pin.object for pin in pins]
    posts = {post.id: post for post in await select_posts(within, {"_id": {"$in": ids}, "retracted_at": None})}
    return [posts[id] for id in ids if id in posts]
