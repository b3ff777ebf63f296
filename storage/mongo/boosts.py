"""What our actors pass on: derived from the log."""

from __future__ import annotations

from typing import Final

from storage.ids import ActivityId, ActorId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import Boost
from storage.rows import LARGEST

BOOSTS: Final = Documents("boosts", Boost, key=("activity",), numerals=("serial",))
_NEWEST_FIRST: Final = (("serial", -1),)


class MongoBoosts(Noun):
    """`storage.store.Boosts`."""

    async def add_boost(self, boost: Boost) -> bool:
        return await self.database.write(lambda within: BOOSTS.add(within, boost))

    async def find_boost(self, actor: ActorId, named: str) -> Boost | None:
        return await self.database.read(lambda within: _find_boost(within, actor, named))

    async def has_boost(self, activity: ActivityId) -> bool:
        return await self.database.read(lambda within: within[BOOSTS.name].count({"_id": activity})) == 1

    async def remove_boost(self, activity: ActivityId) -> bool:
        return await self.database.write(lambda within: within[BOOSTS.name].delete({"_id": activity})) == 1

    async def list_boosts(self, actor: ActorId | None, *, before: str | None, limit: int) -> list[Boost]:
        below = LARGEST if before is None else min(int(before), LARGEST)
        if actor is None:
            return await self.database.read(lambda within: _list_foreign(within, below, limit))
        filter = {"actor": actor, "serial": {"$lt": below}}
        return await self.database.read(lambda within: BOOSTS.select(within, filter, sort=_NEWEST_FIRST, limit=limit))

    async def count_boosts(self, actor: ActorId) -> int:
        return await self.database.read(lambda within: within[BOOSTS.name].count({"actor": actor}))


async def _find_boost(within: Scope, actor: ActorId, named: str) -> Boost | None:
    """By its id first; a page's address may be that of several notes."""
    found = await BOOSTS.find(within, {"actor": actor, "object": named})
    if found is None:
        notes = await within["remote_posts"].find({"url": named}, only=("id",))
        found = await BOOSTS.find(within, {"actor": actor, "object": {"$in": [note["id"] for note in notes]}})
    return found


async def _list_foreign(within: Scope, below: int, limit: int) -> list[Boost]:
    """By the page: our own updates are left out."""
    listed: list[Boost] = []
    while True:
        page = await BOOSTS.select(within, {"serial": {"$lt": below}}, sort=_NEWEST_FIRST, limit=limit)
        own = await within["posts"].find({"_id": {"$in": [boost.object for boost in page]}}, only=("_id",))
        ids = {post["_id"] for post in own}
        listed += [boost for boost in page if boost.object not in ids]
        if len(page) < limit or len(listed) >= limit:
            return listed[:limit]
        below = int(page[-1].serial)


async def add_boost(within: Scope, boost: Boost) -> bool:
    """Add it, in a transaction, which a duplicate would end: so what stands is read first."""
    same = {"object": boost.object, "actor": boost.actor}
    if await within[BOOSTS.name].find_one(same, only=("_id",)) is not None:
        return False
    return await BOOSTS.add(within, boost)
