"""The leaves of kept logs. The bodies of their activities are documents apart, read only where they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from storage.ids import ActorId, Did, LogName, ObjectId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Document, Filter, Order
from storage.mongo.noun import Noun
from storage.records import LEAF_STATES, VERSIONS, Leaf, LeafState, Taking
from storage.rows import ticks

BODIES: Final = "kept_bodies"
_IN_ORDER: Final = (("place", 1),)
_NEWEST_FIRST: Final = (("place", -1),)


def derive_profile(row: Mapping[str, Any]) -> Document:
    """Whose profile a leaf is, for an index of these."""
    is_profile = row["object"] == row["actor"] and row["type"] in ("Create", "Update") and row["state"] == "held"
    return {"profile_of": row["actor"] if is_profile else None}


LEAVES: Final = Documents("kept_leaves", Leaf, key=("log", "place"), without=("body",), derive=derive_profile)


class MongoKeptLeaves(Noun):
    """What `storage.store.KeptLogs` reads of leaves."""

    async def list_leaves(self, name: LogName, start: int, limit: int, *, with_bodies: bool = True) -> list[Leaf]:
        return await self._leaves({"log": name, "place": {"$gte": start}}, limit=limit, with_bodies=with_bodies)

    async def find_leaf(self, name: LogName, digest: str) -> Leaf | None:
        return next(iter(await self._leaves({"log": name, "digest": digest}, limit=1)), None)

    async def list_object_leaves(
        self, name: LogName, objects: Collection[ObjectId], *, states: Collection[LeafState] = LEAF_STATES
    ) -> list[Leaf]:
        about: Filter = {"log": name, "object": {"$in": sorted(set(objects))}, "state": {"$in": list(states)}}
        return sorted(await self._leaves(about, sort=(), with_bodies=False), key=lambda leaf: leaf.place)

    async def find_newest_takings(
        self, name: LogName, objects: Collection[ObjectId], taking: Taking, *, below: int
    ) -> dict[ObjectId, int]:
        newest: list[Document] = [
            {"$match": {"log": name, "object": {"$in": sorted(set(objects))}, "type": taking, "place": {"$lt": below}}},
            {"$group": {"_id": "$object", "place": {"$max": "$place"}}},
        ]
        found = await self.database.read(lambda within: within[LEAVES.name].aggregate(newest))
        return {ObjectId(one["_id"]): int(one["place"]) for one in found}

    async def list_takeable(
        self,
        name: LogName,
        below: Mapping[ObjectId, int],
        taking: Taking,
        *,
        states: Collection[LeafState],
        limit: int,
    ) -> list[Leaf]:
        about: Filter = {
            "log": name,
            "state": {"$in": list(states)},
            "type": {"$in": list(VERSIONS)} if taking == "Update" else {"$ne": "Delete"},
            "$or": [{"object": object, "place": {"$lt": place}} for object, place in sorted(below.items())],
        }
        found = await self._leaves(about, sort=(), limit=limit, with_bodies=False) if below else []
        return sorted(found, key=lambda leaf: leaf.place)

    async def list_standing_versions(self, name: LogName, objects: Collection[ObjectId]) -> list[Leaf]:
        standing: Filter = {"log": name, "object": {"$in": sorted(set(objects))}, "is_standing": 1}
        return sorted(await self._leaves(standing, sort=(), with_bodies=False), key=lambda leaf: leaf.place)

    async def list_hidden_objects(self, name: LogName, *, since: datetime, limit: int) -> list[ObjectId]:
        hidden: list[Document] = [
            {"$match": {"log": name, "state": "hidden", "changed_at": {"$gt": ticks(since)}}},
            {"$group": {"_id": "$object"}},
            {"$limit": limit},
        ]
        found = await self.database.read(lambda within: within[LEAVES.name].aggregate(hidden))
        return [ObjectId(one["_id"]) for one in found]

    async def list_standing(
        self, name: LogName, actor: ActorId | None, *, before: int | None, limit: int, with_bodies: bool = True
    ) -> list[Leaf]:
        below = {} if before is None else {"place": {"$lt": before}}
        of_actor = {} if actor is None else {"actor": actor}
        standing: Filter = {"log": name, **of_actor, "is_standing": 1, "state": "held", **below}
        return await self._leaves(standing, sort=_NEWEST_FIRST, limit=limit, with_bodies=with_bodies)

    async def find_standing(self, name: LogName, object: ObjectId) -> Leaf | None:
        standing: Filter = {"log": name, "object": object, "is_standing": 1}
        return next(iter(await self._leaves(standing, sort=_NEWEST_FIRST, limit=1)), None)

    async def list_profiles(self, name: LogName) -> list[Leaf]:
        newest: list[Document] = [
            {"$match": {"log": name, "profile_of": {"$gt": ""}}},
            {"$sort": {"profile_of": 1, "place": 1}},
            {"$group": {"_id": "$profile_of", "place": {"$last": "$place"}}},
        ]
        found = await self.database.read(lambda within: within[LEAVES.name].aggregate(newest))
        these: Filter = {"_id": {"$in": [id_of(name, one["place"]) for one in found]}}
        return sorted(await self._leaves(these, sort=()), key=lambda leaf: leaf.place)

    async def list_wanted(self, name: LogName, *, after: int, limit: int) -> list[Leaf]:
        wanted: Filter = {"log": name, "state": "wanted", "place": {"$gt": after}}
        return await self._leaves(wanted, limit=limit, with_bodies=False)

    async def count_leaves_since(self, did: Did, since: datetime) -> int:
        return await self.database.read(lambda within: _count_since(within, did, ticks(since)))

    async def _leaves(
        self, filter: Filter, *, sort: Order = _IN_ORDER, limit: int = 0, with_bodies: bool = True
    ) -> list[Leaf]:
        return await self.database.read(lambda within: _select(within, filter, sort, limit, with_bodies=with_bodies))


async def _select(within: Scope, filter: Filter, sort: Order, limit: int, *, with_bodies: bool) -> list[Leaf]:
    """A body may be missing of a leaf that was purged or forgotten between the two questions."""
    found = await within[LEAVES.name].find(filter, sort=sort, limit=limit)
    bodied = [leaf["_id"] for leaf in found if leaf["state"] in ("held", "hidden")] if with_bodies else []
    bodies = await within[BODIES].find({"_id": {"$in": bodied}}, only=("body",)) if bodied else []
    by_id = {one["_id"]: bytes(one["body"]) for one in bodies}
    return [LEAVES.record_of(leaf, body=by_id.get(leaf["_id"])) for leaf in found]


async def _count_since(within: Scope, did: Did, since: int) -> int:
    logs = [log["_id"] for log in await within["kept_logs"].find({"did": did}, only=("_id",))]
    new: Filter = {"log": {"$in": logs}, "kept_at": {"$gte": since}}
    if len(logs) <= 1:
        return await within[LEAVES.name].count(new) if logs else 0
    once: list[Document] = [
        {"$match": new},
        {"$group": {"_id": {"place": "$place", "digest": "$digest"}}},
        {"$group": {"_id": None, "count": {"$sum": 1}}},
    ]
    found = await within[LEAVES.name].aggregate(once)
    return int(found[0]["count"]) if found else 0


async def insert_leaves(within: Scope, name: LogName, leaves: Sequence[Leaf]) -> None:
    """New leaves with the bodies they have, in a transaction."""
    await within[LEAVES.name].insert_all([LEAVES.document(leaf, log=name) for leaf in leaves])
    await insert_bodies(within, name, {leaf.place: leaf.body for leaf in leaves if leaf.body is not None})


async def insert_bodies(within: Scope, name: LogName, bodies: Mapping[int, bytes]) -> None:
    """Bodies by place, where none stand yet."""
    await within[BODIES].insert_all(
        [
            {"_id": id_of(name, place), "log": name, "place": place, "size": len(body), "body": body}
            for place, body in bodies.items()
        ]
    )
