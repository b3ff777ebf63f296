"""Other people's actors and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from storage.errors import StorageError
from storage.ids import ActorId, KeyId, ObjectId
from storage.kept_keys import KeptKeys
from storage.mongo.database import LONG, Database, Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Document, Filter, Order
from storage.mongo.followers import FOLLOWERS, derive_inboxes
from storage.mongo.gates import pass_gate
from storage.mongo.leftovers import Leftovers
from storage.mongo.noun import Noun
from storage.mongo.pages import delete_by_pages
from storage.records import Block, CommentState, RemoteActor, RemoteKey, RemotePost
from storage.rows import ticks

Cursor = tuple[datetime, ObjectId] | None
"""The time and id of the last note seen; the next page lies below."""


def derive_address(row: Mapping[str, Any]) -> Document:
    """The address as blocks name it: handle and the authority in the id; only ASCII letters become small."""
    behind_slashes = row["id"][row["id"].find("//") + 2 :]
    address = f"{row['handle']}@{behind_slashes.partition('/')[0]}"
    return {"address": address.encode().lower().decode()}


_ACTORS: Final = Documents("remote_actors", RemoteActor, key=("id",), without=("keys",), derive=derive_address)
_KEYS: Final = Documents("remote_keys", RemoteKey, key=("id", "owner"))
_POSTS: Final = Documents("remote_posts", RemotePost, key=("id", "actor"))
_BLOCKS: Final = Documents("blocks", Block, key=("target",))
_TOMBSTONES: Final = "remote_tombstones"
_COMMENT: Final[Filter] = {"$gt": ""}
"""What `comment_on` is for a comment; written so that the index of comments alone may be used."""
KEYS_KEPT_FOR: Final = 10.0
"""Seconds. Another process may write or drop a key; for so long this one may still believe the old one."""


class MongoRemotes(Noun):
    """`storage.store.Remotes`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._keys: Final = KeptKeys(seconds=KEYS_KEPT_FOR)
        self._leftovers: Final = Leftovers(database)

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        for key in actor.keys:
            if key.owner != actor.id:
                raise StorageError(f"The key {key.id} is {key.owner}'s, not {actor.id}'s. Nothing was kept.")
        then = partial(self._keys.forget, actor.id)
        await self.database.transact(lambda within: _save_actor(within, actor), then=then)

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None:
        return next(iter(await self.list_remote_actors([id])), None)

    async def list_remote_actors(self, ids: Sequence[ActorId]) -> list[RemoteActor]:
        return await self.database.read(lambda within: _list_actors(within, ids))

    async def find_remote_key(self, id: KeyId, owner: ActorId | None = None) -> RemoteKey | None:
        """Kept for some seconds; what was looked up while keys were written is not kept."""
        if owner is not None and (kept := self._keys.find(owner, id)) is not None:
            return kept
        changes = self._keys.changes
        key = await self.database.read(lambda within: _find_key(within, id, owner))
        if key is not None and changes == self._keys.changes:
            self._keys.keep(key)
        return key

    async def remove_remote_actor(self, id: ActorId) -> bool:
        """The notes first, by pages: broken off, the actor is there to be removed again."""
        notes = await self.database.write(
            lambda within: delete_by_pages(within, _POSTS.name, {"actor": id}), seconds=LONG
        )
        then = partial(self._keys.forget, id)
        actors = await self.database.transact(lambda within: _remove_actor(within, id), then=then)
        return notes + actors > 0

    async def save_remote_post(self, post: RemotePost) -> bool:
        return await self.database.transact(lambda within: save_post(within, post))

    async def find_remote_post(self, id: ObjectId, actor: ActorId | None = None) -> RemotePost | None:
        found = await self.list_remote_posts([id])
        return next((post for post in found if actor in {None, post.actor}), None)

    async def list_remote_posts(self, ids: Sequence[ObjectId]) -> list[RemotePost]:
        return await self._notes({"id": {"$in": list(ids)}}, sort=(("id", 1), ("received_at", 1), ("actor", 1)))

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> None:
        await self.database.transact(lambda within: delete_post(within, id, actor, now))

    async def list_timeline(self, *, before: Cursor, limit: int) -> list[RemotePost]:
        filter = {"in_timeline": 1, **_below("published_at", before)}
        return await self._notes(filter, sort=(("published_at", -1), ("id", -1)), limit=limit)

    async def list_comments(
        self, on: ObjectId | None, *, state: CommentState | None, before: Cursor, limit: int
    ) -> list[RemotePost]:
        in_state = {} if state is None else {"comment_state": state}
        filter = {"comment_on": on or _COMMENT, **in_state, **_below("received_at", before)}
        return await self._notes(filter, sort=_NEWEST_FIRST, limit=limit)

    async def set_comment_state(self, read: RemotePost, state: CommentState) -> bool:
        if state == "shown" and not read.is_public:
            return False
        row = _POSTS.row(read)
        seen = {field: row[field] for field in ("html", "url", "warning", "is_public")}
        filter = {"_id": id_of(read.id, read.actor), "comment_on": _COMMENT, **seen}
        change = {"$set": {"comment_state": state}}
        return await self.database.write(lambda within: within[_POSTS.name].update(filter, change)) == 1

    async def count_comments(self, on: ObjectId, *, state: CommentState) -> dict[ActorId, int]:
        counted = await self._count_notes({"comment_on": on, "comment_state": state}, by="actor")
        return {ActorId(actor): count for actor, count in counted.items()}

    async def count_shown_comments(self, on: Sequence[ObjectId]) -> dict[ObjectId, int]:
        counted = await self._count_notes({"comment_on": {"$in": list(on)}, "comment_state": "shown"}, by="comment_on")
        return {one: counted.get(one, 0) for one in on}

    async def list_shown_comments(self, on: ObjectId, *, skip: int, limit: int) -> list[RemotePost]:
        filter = {"comment_on": on, "comment_state": "shown"}
        return await self._notes(filter, sort=_NEWEST_FIRST, skip=skip, limit=limit)

    async def count_comments_of(self, actor: ActorId, *, since: datetime) -> int:
        filter = {"actor": actor, "comment_on": _COMMENT, "received_at": {"$gte": ticks(since)}}
        return await self.database.read(lambda within: within[_POSTS.name].count(filter))

    async def count_held_comments(self) -> dict[ObjectId, int]:
        counted = await self._count_notes({"comment_state": "held", "comment_on": _COMMENT}, by="comment_on")
        return {ObjectId(one): count for one, count in counted.items()}

    async def remove_leftovers(self, *, before: datetime, limit: int) -> int:
        try:
            return await self._leftovers.remove(ticks(before), limit)
        finally:
            self._keys.forget_all()

    async def _notes(self, filter: Filter, *, sort: Order, limit: int = 0, skip: int = 0) -> list[RemotePost]:
        return await self.database.read(lambda within: _POSTS.select(within, filter, sort=sort, limit=limit, skip=skip))

    async def _count_notes(self, filter: Filter, *, by: str) -> dict[str, int]:
        pipeline: list[Document] = [
            {"$match": dict(filter)},
            {"$group": {"_id": f"${by}", "count": {"$sum": 1}}},
        ]
        found = await self.database.read(lambda within: within[_POSTS.name].aggregate(pipeline))
        return {str(one["_id"]): int(one["count"]) for one in found}


_NEWEST_FIRST: Final = (("received_at", -1), ("id", -1))


def _below(field: str, before: Cursor) -> Document:
    if before is None:
        return {}
    at = ticks(before[0])
    return {field: {"$lte": at}, "$or": [{field: {"$lt": at}}, {"id": {"$lt": before[1]}}]}


async def _save_actor(within: Scope, actor: RemoteActor) -> None:
    standing = await within[_ACTORS.name].find_one({"_id": actor.id}, only=("handle", "address"))
    if standing is not None and standing["handle"] != actor.handle:
        await _keep_blocked(within, actor.id, standing["address"])
    await _ACTORS.save(within, actor)
    await _renew_inboxes(within, actor)
    await within[_KEYS.name].delete({"owner": actor.id})
    keys = [_KEYS.document(key, place=place) for place, key in enumerate(actor.keys)]
    await within[_KEYS.name].insert_all(list({key["_id"]: key for key in keys}.values()))


async def _keep_blocked(within: Scope, id: ActorId, address: str) -> None:
    """Whoever is blocked by address may call itself otherwise from now on; its id stays."""
    block = await _BLOCKS.find(within, {"_id": address, "kind": "address"})
    if block is not None:
        await _BLOCKS.add(within, Block(target=id, kind="actor", reason=block.reason, blocked_at=block.blocked_at))


async def _renew_inboxes(within: Scope, actor: RemoteActor) -> None:
    inboxes = {"inbox": actor.inbox, "shared_inbox": actor.shared_inbox}
    renewed = {**inboxes, **derive_inboxes({"actor": actor.id, **inboxes})}
    changed = {"actor": actor.id, "$or": [{field: {"$ne": inbox}} for field, inbox in inboxes.items()]}
    await within[FOLLOWERS.name].update_all(changed, {"$set": renewed})
    asked = {"follows": actor.id, "inbox": {"$ne": actor.inbox}}
    await within["following"].update_all(asked, {"$set": {"inbox": actor.inbox}})


async def _list_actors(within: Scope, ids: Sequence[ActorId]) -> list[RemoteActor]:
    actors = await within[_ACTORS.name].find({"_id": {"$in": list(set(ids))}}, sort=(("_id", 1),))
    owners = [actor["_id"] for actor in actors]
    keys: dict[str, list[RemoteKey]] = {owner: [] for owner in owners}
    for key in await _KEYS.select(within, {"owner": {"$in": owners}}, sort=(("owner", 1), ("place", 1))):
        keys[key.owner].append(key)
    return [_ACTORS.record_of(actor, keys=tuple(keys[actor["_id"]])) for actor in actors]


async def _find_key(within: Scope, id: KeyId, owner: ActorId | None) -> RemoteKey | None:
    if owner is not None:
        return await _KEYS.find(within, {"_id": id_of(id, owner)})
    found = await _KEYS.select(within, {"id": id}, sort=(("owner", 1),))
    return next((key for key in found if key.is_named_after_its_owner), next(iter(found), None))


async def _remove_actor(within: Scope, id: ActorId) -> int:
    await within[_KEYS.name].delete({"owner": id})
    return await within[_ACTORS.name].delete({"_id": id})


async def save_post(within: Scope, post: RemotePost) -> bool:
    """Keep a note, in a transaction; False when its author deleted it before."""
    key = id_of(post.id, post.actor)
    if await within[_TOMBSTONES].find_one({"_id": key}, only=("_id",)) is not None:
        return False
    await pass_gate(within, key)
    await _POSTS.save(within, post)
    return True


async def delete_post(within: Scope, id: ObjectId, actor: ActorId, now: datetime) -> None:
    """Erase a note and keep its tombstone, in a transaction; a Create at the same moment is run again, or this is."""
    key = id_of(id, actor)
    await pass_gate(within, key)
    await within[_POSTS.name].delete({"_id": key})
    if await within[_TOMBSTONES].find_one({"_id": key}, only=("_id",)) is None:
        tombstone = {"_id": key, "id": id, "actor": actor, "deleted_at": ticks(now)}
        await within[_TOMBSTONES].insert(tombstone)
