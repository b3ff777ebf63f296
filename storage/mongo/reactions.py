"""Who likes our updates or passed them on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId, ActorId, ObjectId
from storage.mongo.database import LONG, Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Document, Filter
from storage.mongo.noun import Noun
from storage.mongo.pages import delete_by_pages
from storage.records import Reaction, ReactionKind

REACTIONS: Final = Documents("reactions", Reaction, key=("object", "kind", "actor"))


class MongoReactions(Noun):
    """`storage.store.Reactions`."""

    async def add_reaction(self, reaction: Reaction) -> bool:
        return await self.database.write(lambda within: REACTIONS.save(within, reaction))

    async def remove_reaction(self, object: ObjectId, kind: ReactionKind, actor: ActorId) -> bool:
        return await self._delete_reactions({"_id": id_of(object, kind, actor)}) == 1

    async def remove_reaction_named(self, activity: ActivityId, actor: ActorId) -> bool:
        return await self._delete_reactions({"actor": actor, "activity": activity}) > 0

    async def remove_reactions_of(self, actor: ActorId) -> int:
        return await self._delete_reactions({"actor": actor})

    async def count_reactions(self, object: ObjectId) -> dict[ReactionKind, int]:
        return (await self.count_reactions_of_each([object]))[object]

    async def count_reactions_of_each(self, objects: Sequence[ObjectId]) -> dict[ObjectId, dict[ReactionKind, int]]:
        return await self.database.read(lambda within: _count(within, objects))

    async def _delete_reactions(self, filter: Filter) -> int:
        return await self.database.write(lambda within: delete_by_pages(within, REACTIONS.name, filter), seconds=LONG)


async def _count(within: Scope, objects: Sequence[ObjectId]) -> dict[ObjectId, dict[ReactionKind, int]]:
    pipeline: list[Document] = [
        {"$match": {"object": {"$in": list(objects)}}},
        {"$group": {"_id": {"object": "$object", "kind": "$kind"}, "count": {"$sum": 1}}},
    ]
    counts: dict[ObjectId, dict[ReactionKind, int]] = {object: {"like": 0, "share": 0} for object in objects}
    for one in await within[REACTIONS.name].aggregate(pipeline):
        counts[one["_id"]["object"]][one["_id"]["kind"]] = int(one["count"])
    return counts
