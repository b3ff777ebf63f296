"""Updates as pages: derived from the log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from storage.ids import ActorId, ObjectId
from storage.mongo.database import LONG, Scope
from storage.mongo.delivery_queue import keep_while_it_stands
from storage.mongo.documents import Documents
from storage.mongo.driver import Document, Filter, Order
from storage.mongo.media import files_in
from storage.mongo.noun import Noun
from storage.records import Post
from storage.rows import LARGEST, picture_rows, pictures_of, ticks

POSTS: Final = Documents("posts", Post, key=("id",), numerals=("serial",), without=("pictures",))
_NEWEST_FIRST: Final = (("serial", -1),)


class MongoPosts(Noun):
    """`storage.store.Posts`."""

    async def save_post(self, post: Post) -> None:
        await self.database.write(lambda within: release_deliveries(within, post), seconds=LONG)
        await self.database.write(lambda within: save_post(within, post))

    async def find_post(self, id: ObjectId) -> Post | None:
        return next(iter(await self._posts({"_id": id}, limit=1)), None)

    async def list_posts(
        self, actor: ActorId | None, *, before: str | None, limit: int, tag: str | None = None
    ) -> list[Post]:
        below = LARGEST if before is None else min(int(before), LARGEST)
        tagged = {} if tag is None else {"shown_tags": tag}
        filter = {**_shown(actor), **tagged, "serial": {"$lt": below}}
        return await self._posts(filter, sort=_NEWEST_FIRST, limit=limit)

    async def list_named_posts(self, ids: Sequence[ObjectId]) -> list[Post]:
        return await self._posts({"_id": {"$in": list(ids)}}, sort=(("_id", 1),))

    async def find_next_post(self, actor: ActorId, *, after: str) -> Post | None:
        filter = {**_shown(actor), "serial": {"$gt": min(int(after), LARGEST)}}
        return next(iter(await self._posts(filter, sort=(("serial", 1),), limit=1)), None)

    async def list_newest_posts(self, actors: Sequence[ActorId]) -> list[Post]:
        newest = [await self.list_posts(actor, before=None, limit=1) for actor in actors]
        return [post for posts in newest for post in posts]

    async def count_posts(self, actor: ActorId | None) -> int:
        return await self.database.read(lambda within: within[POSTS.name].count(_shown(actor)))

    async def count_posts_of_each(self) -> dict[ActorId, int]:
        pipeline = [{"$match": _shown(None)}, {"$group": {"_id": "$actor", "count": {"$sum": 1}}}]
        found = await self.database.read(lambda within: within[POSTS.name].aggregate(pipeline))
        return {ActorId(one["_id"]): int(one["count"]) for one in found}

    async def drop_posts(self) -> None:
        await self.database.write(_drop_posts, seconds=LONG)

    async def _posts(self, filter: Filter, *, sort: Order = (), limit: int = 0) -> list[Post]:
        return await self.database.read(lambda within: select_posts(within, filter, sort=sort, limit=limit))


async def _drop_posts(within: Scope) -> None:
    for name in ("posts", "boosts", "pins"):
        await within[name].delete({})


async def select_posts(within: Scope, filter: Filter, *, sort: Order = (), limit: int = 0) -> list[Post]:
    """The posts that match, with their pictures."""
    found = await within[POSTS.name].find(filter, sort=sort, limit=limit)
    return [POSTS.record_of(document, pictures=pictures_of(document["pictures"])) for document in found]


def _shown(actor: ActorId | None) -> Document:
    return {"retracted_at": None} if actor is None else {"retracted_at": None, "actor": actor}


async def release_deliveries(within: Scope, post: Post) -> None:
    """Before the row says that an update stands or is retracted, its deliveries are told how long they are needed.

    They may be a million, too many for one transaction; broken off, it is repeated before the row is written.
    """
    before: Mapping[str, Any] | None = await within[POSTS.name].find_one({"_id": post.id}, only=("retracted_at",))
    retracted_at = None if post.retracted_at is None else ticks(post.retracted_at)
    if before is None or before["retracted_at"] != retracted_at:
        await keep_while_it_stands(within, post.id, post.retracted_at)


async def save_post(within: Scope, post: Post) -> None:
    """Put the post's document in its place."""
    pictures = picture_rows(post.pictures if post.retracted_at is None else ())
    row = {**POSTS.row(post), "pictures": pictures}
    await within[POSTS.name].replace({**POSTS.complete(row), **derive_lists(row)})


def derive_lists(row: Mapping[str, Any]) -> Document:
    """What pages of a tag and look-ups of a file search by."""
    digests = sorted({file["digest"] for file in files_in(row["pictures"])})
    tags = sorted(set(json.loads(row["tags"]))) if row["retracted_at"] is None else []
    return {"digests": digests, "shown_tags": tags}
