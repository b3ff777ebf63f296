"""Whom our actors follow."""

from __future__ import annotations

from typing import Final

from storage.ids import ActivityId, ActorId
from storage.mongo.documents import Documents, id_of
from storage.mongo.noun import Noun
from storage.records import Following, FollowingState

FOLLOWING: Final = Documents("following", Following, key=("actor", "follows"))
_OLDEST_FIRST: Final = (("asked_at", 1), ("actor", 1), ("follows", 1))


class MongoFollowing(Noun):
    """`storage.store.FollowingOf`."""

    async def save_following(self, following: Following) -> bool:
        return await self.database.write(lambda within: FOLLOWING.save(within, following))

    async def find_following(self, actor: ActorId, follows: ActorId) -> Following | None:
        return await self.database.read(lambda within: FOLLOWING.find(within, {"_id": id_of(actor, follows)}))

    async def set_following_state(self, activity: ActivityId, follows: ActorId, state: FollowingState) -> bool:
        asked, change = {"activity": activity, "follows": follows}, {"$set": {"state": state}}
        return await self.database.write(lambda within: within[FOLLOWING.name].update_all(asked, change)) > 0

    async def remove_following(self, actor: ActorId, follows: ActorId) -> bool:
        pair = {"_id": id_of(actor, follows)}
        return await self.database.write(lambda within: within[FOLLOWING.name].delete(pair)) == 1

    async def remove_following_everywhere(self, follows: ActorId) -> int:
        return await self.database.write(lambda within: within[FOLLOWING.name].delete({"follows": follows}))

    async def list_following(self, actor: ActorId | None = None) -> list[Following]:
        of_one = {} if actor is None else {"actor": actor}
        return await self.database.read(lambda within: FOLLOWING.select(within, of_one, sort=_OLDEST_FIRST))

    async def is_followed(self, remote: ActorId) -> bool:
        accepted = {"follows": remote, "state": "accepted"}
        found = await self.database.read(lambda within: within[FOLLOWING.name].find_one(accepted, only=("_id",)))
        return found is not None
