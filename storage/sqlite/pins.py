"""Updates on top of their actor's page: derived from the log."""

from __future__ import annotations

from typing import Final

from storage.ids import ActorId, ObjectId
from storage.records import Pin, Post
from storage.sqlite.noun import Noun
from storage.sqlite.posts import select_posts
from storage.sqlite.table import Table

PINS: Final = Table("pins", Pin, key=("object",))
REMOVE_PIN: Final = "DELETE FROM pins WHERE object = ?"
_PINNED: Final = """
    WHERE retracted_at IS NULL AND id IN (SELECT object FROM pins WHERE actor = :actor)
    ORDER BY (SELECT place FROM pins WHERE object = id) DESC
"""


class SqlitePins(Noun):
    """`storage.store.Pins`."""

    async def save_pin(self, pin: Pin) -> None:
        await self.database.write(lambda connection: PINS.save(connection, pin))

    async def find_pin(self, object: ObjectId) -> Pin | None:
        rest = "WHERE object = :object"
        return await self.database.read(lambda connection: PINS.find(connection, rest, object=object))

    async def remove_pin(self, object: ObjectId) -> bool:
        return await self._change(REMOVE_PIN, object) == 1

    async def list_pinned(self, actor: ActorId) -> list[Post]:
        return await self.database.read(lambda connection: select_posts(connection, _PINNED, actor=actor))
