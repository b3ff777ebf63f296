"""With whom we want nothing to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from storage.ids import ActorId, InboxUrl
from storage.mongo.database import LONG, Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Document, Filter
from storage.mongo.noun import Noun
from storage.mongo.pages import PAGE, change_by_pages, delete_by_pages, list_distinct, list_present
from storage.records import Block, Cut, Person

BLOCKS: Final = Documents("blocks", Block, key=("target",))
_IN_ORDER: Final = (("_id", 1),)
_STRONGEST_FIRST: Final = (("kind", -1), ("_id", 1))
"""By the alphabet backwards: host, address, actor."""
_PEOPLE: Final = (
    ("remote_actors", "_id"),
    ("followers", "actor"),
    ("following", "follows"),
    ("reactions", "actor"),
    ("remote_posts", "actor"),
)


class MongoBlocks(Noun):
    """`storage.store.Blocks`."""

    async def add_blocks(self, blocks: Sequence[Block]) -> list[bool]:
        return await self.database.transact(lambda within: _add(within, blocks))

    async def remove_block(self, target: str) -> bool:
        return await self.database.write(lambda within: within[BLOCKS.name].delete({"_id": target})) == 1

    async def list_blocks(self, *, after: str | None, limit: int) -> list[Block]:
        above = {"_id": {"$gt": after or ""}}
        return await self.database.read(lambda within: BLOCKS.select(within, above, sort=_IN_ORDER, limit=limit))

    async def find_block(self, names: Sequence[str], *, of: ActorId | None) -> Block | None:
        return await self.database.read(lambda within: _find(within, names, of))

    async def list_blocked(self, names: Collection[str]) -> set[str]:
        return await self.database.read(lambda within: _list_blocked(within, names))

    async def list_people(self, *, after: ActorId | None, limit: int) -> list[Person]:
        return await self.database.read(lambda within: _list_people(within, after or "", limit))

    async def list_actors_at(self, address: str) -> list[ActorId]:
        found = await self.database.read(
            lambda within: within["remote_actors"].find({"address": address}, sort=_IN_ORDER, only=("_id",))
        )
        return [ActorId(actor["_id"]) for actor in found]

    async def list_own_inboxes(self, actors: Collection[ActorId]) -> list[InboxUrl]:
        return await self.database.read(lambda within: _list_own(within, list(actors)))

    async def list_blocked_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        return await self.database.read(lambda within: _list_blocked_inboxes(within, inboxes))

    async def cut_off(self, actors: Collection[ActorId]) -> Cut:
        """By pages, each change standing alone: broken off, it is repeated, and cuts what is left."""
        return await self.database.write(lambda within: _cut_off(within, list(actors)), seconds=LONG)


async def _add(within: Scope, blocks: Sequence[Block]) -> list[bool]:
    """Lists are long: what stands is asked once for all of them."""
    standing = await _list_blocked(within, [block.target for block in blocks])
    new: dict[str, Document] = {}
    reasons: dict[str, str] = {}
    news: list[bool] = []
    for block in blocks:
        news.append(block.target not in standing and block.target not in new)
        if news[-1]:
            new[block.target] = BLOCKS.document(block)
        elif block.reason and block.target in new:
            new[block.target]["reason"] = block.reason
        elif block.reason:
            reasons[block.target] = block.reason
    await within[BLOCKS.name].insert_all(list(new.values()))
    await within[BLOCKS.name].update_each(
        [({"_id": target}, {"$set": {"reason": reason}}) for target, reason in reasons.items()]
    )
    return news


async def _find(within: Scope, names: Sequence[str], of: ActorId | None) -> Block | None:
    actor = None if of is None else await within["remote_actors"].find_one({"_id": of}, only=("address",))
    among = [*names] if actor is None else [*names, actor["address"]]
    return await BLOCKS.find(within, {"_id": {"$in": among}}, sort=_STRONGEST_FIRST)


async def _list_blocked(within: Scope, names: Collection[str]) -> set[str]:
    found = await within[BLOCKS.name].find({"_id": {"$in": list(names)}}, only=("_id",))
    return {block["_id"] for block in found}


async def _list_people(within: Scope, after: str, limit: int) -> list[Person]:
    ids: set[str] = set()
    for name, field in _PEOPLE:
        ids.update(await list_distinct(within, name, field, above=after, limit=limit, where={}))
    page = sorted(ids)[:limit]
    known = await within["remote_actors"].find({"_id": {"$in": page}}, only=("address",))
    addresses = {actor["_id"]: actor["address"] for actor in known}
    return [Person(id=ActorId(id), address=addresses.get(id)) for id in page]


async def _list_own(within: Scope, actors: Sequence[ActorId]) -> list[InboxUrl]:
    theirs = await _inboxes_of(within, actors)
    others: Filter = {"actor": {"$nin": list(actors)}}
    shared = await list_present(within, "followers", "delivery_inbox", theirs, others)
    _, used = await _users_of(within, theirs - shared, but=actors)
    return [InboxUrl(inbox) for inbox in sorted(theirs - shared - used)]


async def _inboxes_of(within: Scope, actors: Sequence[ActorId]) -> set[str]:
    these = {"$in": list(actors)}
    both = ("inbox", "shared_inbox")
    found = await within["remote_actors"].find({"_id": these}, only=both)
    found += await within["followers"].find({"actor": these}, only=both)
    found += await within["following"].find({"follows": these}, only=("inbox",))
    return {one[field] for one in found for field in both if one.get(field) is not None}


async def _list_blocked_inboxes(within: Scope, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
    followed = await list_present(within, "followers", "delivery_inbox", inboxes, {})
    known, used = await _users_of(within, {str(inbox) for inbox in inboxes} - followed, but=())
    return {InboxUrl(inbox) for inbox in known - used}


async def _users_of(within: Scope, inboxes: set[str], *, but: Sequence[ActorId]) -> tuple[set[str], set[str]]:
    """Those of these inboxes that somebody is known to use, and those that somebody uses who is not blocked."""
    known: set[str] = set()
    used: set[str] = set()
    for field in ("inbox", "shared_inbox"):
        asked = sorted(inboxes - used)
        beyond: Document = {}
        while asked:
            match = {field: {"$in": asked}, "_id": {"$nin": list(but)}, **beyond}
            order = ((field, 1), ("_id", 1))
            page = await within["remote_actors"].find(match, sort=order, limit=PAGE, only=(field, "address"))
            known.update(actor[field] for actor in page)
            used.update(actor[field] for actor in await _not_blocked(within, page))
            if len(page) < PAGE:
                break
            last = page[-1]
            beyond = {"$or": [{field: {"$gt": last[field]}}, {"_id": {"$gt": last["_id"]}}]}
            asked = [inbox for inbox in asked if inbox >= last[field] and inbox not in used]
    return known, used


async def _not_blocked(within: Scope, actors: Sequence[Document]) -> list[Document]:
    names = [actor[field] for actor in actors for field in ("_id", "address")]
    blocked = await _list_blocked(within, names)
    return [actor for actor in actors if blocked.isdisjoint((actor["_id"], actor["address"]))]


async def _cut_off(within: Scope, actors: Sequence[ActorId]) -> Cut:
    these = {"$in": list(actors)}
    seen: Filter = {"actor": these, "comment_state": {"$in": ["held", "shown"]}}
    listed: Filter = {"actor": these, "in_timeline": 1}
    return Cut(
        followers=await delete_by_pages(within, "followers", {"actor": these}),
        following=await delete_by_pages(within, "following", {"follows": these}),
        reactions=await delete_by_pages(within, "reactions", {"actor": these}),
        comments=await change_by_pages(within, "remote_posts", seen, {"$set": {"comment_state": "hidden"}}),
        timeline=await delete_by_pages(within, "remote_posts", {"actor": these, "comment_on": None})
        + await change_by_pages(within, "remote_posts", listed, {"$set": {"in_timeline": 0}}),
    )
