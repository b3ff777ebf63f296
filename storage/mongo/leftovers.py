"""Forgetting what nobody refers to any more.

Of each kind the oldest are looked at by pages, on an index; who is referred to is asked in one question a collection.
Then, in one transaction, those that are free are asked once more and deleted while they are still old. Somebody may
come to refer to one between that question and the deletion: nothing that matters is lost then, because whatever was
fetched, received or made lately stays (a follow, a comment or a boost begins with fetching its author or its words),
and a stranger's row is only a copy, fetched again when it is missed; who follows keeps its inbox in its own row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from storage.mongo.database import Database, Scope
from storage.mongo.driver import Document, Filter
from storage.mongo.pages import PAGE, list_present

_PAGES: Final = 100
"""Looked at in one go; the next goes on behind them, and after the last begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """That documents of `name` whose `field` has the value of `of` refer to one."""

    of: str
    name: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What may grow old in one collection."""

    name: str
    time: str
    among: Mapping[str, object] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """What goes with it: collection, and the field that names it."""

    def old(self, before: int) -> Document:
        """A filter for those old enough."""
        return {**self.among, self.time: {"$lt": before}}

    @property
    def fields(self) -> tuple[str, ...]:
        """What must be read of one."""
        return ("_id", self.time, *(reference.of for reference in self.references))


_STRANGER: Final = (
    Reference(of="_id", name="followers", field="actor"),
    Reference(of="_id", name="following", field="follows"),
)
_KINDS: Final = (
    Kind(name="remote_tombstones", time="deleted_at"),
    Kind(
        name="remote_posts",
        time="received_at",
        among={"in_timeline": 0, "comment_on": None},
        references=(Reference(of="id", name="boosts", field="object"),),
    ),
    Kind(
        name="remote_actors",
        time="fetched_at",
        references=(
            *_STRANGER,
            Reference(of="_id", name="remote_posts", field="actor"),
            Reference(of="_id", name="blocks", field="_id"),
            Reference(of="address", name="blocks", field="_id"),
        ),
        parts=(("remote_keys", "owner"),),
    ),
    Kind(
        name="activities",
        time="created_at",
        references=(
            Reference(of="_id", name="entries", field="activity"),
            Reference(of="_id", name="deliveries", field="activity"),
            Reference(of="_id", name="following", field="activity"),
        ),
    ),
    Kind(
        name="moves",
        time="received_at",
        among={"state": {"$in": ["done", "failed"]}},
        references=_STRANGER,
    ),
)


class Leftovers:
    """Sweeps one store; remembers behind what the next look at a kind goes on."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._places: Final[dict[str, Document]] = {}

    async def remove(self, before: int, limit: int) -> int:
        """Forget at most `limit` of each kind, older than so many ticks; how many."""
        removed = [await self._sweep(kind, before, limit) for kind in _KINDS]
        return sum(removed) + await self._database.write(lambda within: _remove_reactions(within, before, limit))

    async def _sweep(self, kind: Kind, before: int, limit: int) -> int:
        removed = 0
        for _ in range(_PAGES):
            page = await self._next_page(kind, before)
            free = await self._database.read(partial(_free, kind=kind, page=page))
            chosen = free[: limit - removed]
            if chosen:
                removed += await self._database.transact(partial(_remove, kind=kind, before=before, chosen=chosen))
            if chosen == free and len(page) < PAGE:
                self._places.pop(kind.name, None)
                break
            self._places[kind.name] = page[-1] if chosen == free else chosen[-1]
            if removed >= limit:
                break
        return removed

    async def _next_page(self, kind: Kind, before: int) -> list[Document]:
        match, order = kind.old(before), ((kind.time, 1), ("_id", 1))
        last = self._places.get(kind.name)
        if last is not None:
            match[kind.time]["$gte"] = last[kind.time]
            match["$or"] = [{kind.time: {"$gt": last[kind.time]}}, {"_id": {"$gt": last["_id"]}}]
        return await self._database.read(
            lambda within: within[kind.name].find(match, sort=order, limit=PAGE, only=kind.fields)
        )


async def _free(within: Scope, *, kind: Kind, page: Sequence[Document]) -> list[Document]:
    """Those to which nobody refers."""
    free = list(page)
    for reference in kind.references:
        asked = {one[reference.of] for one in free}
        used = await list_present(within, reference.name, reference.field, asked, {})
        free = [one for one in free if one[reference.of] not in used]
    return free


async def _remove(within: Scope, *, kind: Kind, before: int, chosen: Sequence[Document]) -> int:
    free = await _free(within, kind=kind, page=chosen)
    match: Filter = {"_id": {"$in": [one["_id"] for one in free]}, **kind.old(before)}
    ids = [one["_id"] for one in await within[kind.name].find(match, only=("_id",))]
    for name, owner in kind.parts:
        await within[name].delete({owner: {"$in": ids}})
    return await within[kind.name].delete({"_id": {"$in": ids}})


async def _remove_reactions(within: Scope, before: int, limit: int) -> int:
    """Reactions to updates retracted long ago."""
    removed, above = 0, 0
    while removed < limit:
        match = {"retracted_at": {"$gte": above, "$lt": before}}
        page = await within["posts"].find(match, sort=(("retracted_at", 1),), limit=PAGE, only=("retracted_at",))
        these = {"object": {"$in": [post["_id"] for post in page]}}
        reactions = await within["reactions"].find(these, limit=limit - removed, only=("_id",))
        removed += await within["reactions"].delete({"_id": {"$in": [one["_id"] for one in reactions]}})
        if len(page) < PAGE or above == page[-1]["retracted_at"]:
            break
        above = page[-1]["retracted_at"]
    return removed
