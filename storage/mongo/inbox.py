"""Verified activities from outside, each stored once: its `_id` is the id it came with."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bson import ObjectId as Place

from storage.errors import LeaseLost
from storage.ids import ActivityId, Lease
from storage.mongo.database import Database, Scope
from storage.mongo.documents import Documents, count_states
from storage.mongo.driver import Document, Filter
from storage.mongo.grouped import GroupedInserts
from storage.mongo.noun import Noun
from storage.records import ClaimedReceived, Received
from storage.rows import ticks, time_at

_RECEIVED: Final = Documents("received", Received, key=("id",))
_AFTER_ALL: Final = chr(0x10FFFF)
"""Sorts behind every character."""
_NONE: Final = {"waiting": 0, "done": 0, "failed": 0}
_OLDEST_FIRST: Final = (("received_at", 1), ("place", 1))
_RACES: Final = 3
_WIDER: Final = 8
"""After a lost race so many times more are looked at, and a random part of them is asked for."""


class MongoInbox(Noun):
    """`storage.store.Inbox`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._inserts = GroupedInserts(database, _RECEIVED.name)

    async def add_received(self, received: Received) -> bool:
        others = {"state": "waiting", "attempts": 0, "due_at": ticks(received.received_at), "lease": None}
        # `place` tells the order in which one process stored what came in at one moment
        return await self._inserts.add(_RECEIVED.document(received, **others, error=None, place=Place()))

    async def has_received(self, beginning: str) -> bool:
        named = {"_id": {"$gte": beginning, "$lt": beginning + _AFTER_ALL}}
        found = await self.database.read(lambda within: within[_RECEIVED.name].find_one(named, only=("_id",)))
        return found is not None

    async def claim_received(
        self, *, now: datetime, until: datetime, lease: Lease, limit: int
    ) -> list[ClaimedReceived]:
        lent = await self.database.write(lambda within: _claim(within, ticks(now), ticks(until), lease, limit))
        return [_claimed(document) for document in lent]

    async def finish_received(
        self, id: ActivityId, lease: Lease, *, error: str | None, retry_at: datetime | None, counts: bool = True
    ) -> None:
        change: Document = {"lease": None, "error": error}
        if error is not None and retry_at is not None:
            change["due_at"] = ticks(retry_at)
        else:
            change.update(state="done" if error is None else "failed", body=b"")
        lent = {"_id": id, "lease": lease, "state": "waiting"}
        became = {"$set": change, "$inc": {"attempts": 0 if counts else -1}}
        if not await self.database.write(lambda within: within[_RECEIVED.name].update(lent, became)):
            raise LeaseLost(f"{id} was given to another worker meanwhile, or is finished. Leave it to that worker.")

    async def return_received(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        lent = {"state": "waiting", "lease": lease, "due_at": ticks(until)}
        back: Document = {"$set": {"lease": None, "due_at": ticks(now)}, "$inc": {"attempts": -1}}
        return await self.database.write(lambda within: within[_RECEIVED.name].update_all(lent, back))

    async def next_received_due(self) -> datetime | None:
        waiting = {"state": "waiting"}
        first = await self.database.read(
            lambda within: within[_RECEIVED.name].find_one(waiting, sort=(("due_at", 1),), only=("due_at",))
        )
        return None if first is None else time_at(first["due_at"])

    async def count_received(self) -> dict[str, int]:
        return await self.database.read(lambda within: count_states(within, _RECEIVED.name, _NONE))

    async def remove_received(self, *, finished_before: datetime, limit: int) -> int:
        return await self.database.write(lambda within: _remove(within, ticks(finished_before), limit))


def _claimed(document: Mapping[str, Any]) -> ClaimedReceived:
    return ClaimedReceived(
        received=_RECEIVED.record_of(document), attempts=document["attempts"] - 1, lease=document["lease"]
    )


async def _claim(within: Scope, now: int, until: int, lease: Lease, limit: int) -> list[Document]:
    """Look for the oldest that are due, lend those that still are, read what we got; after a lost race once more.

    What an actor says has its effect in order: while something of it is lent to another, the rest of it waits.
    """
    lent: list[Document] = []
    due = {"state": "waiting", "due_at": {"$lte": now}}
    for race in range(_RACES):
        room = limit - len(lent)
        page = await _find_free(within, due, await _lent_to_others(within, now, lease), room * _WIDER if race else room)
        chosen = [one["_id"] for one in (_some_first_ones(page, room) if race else page)]
        got = await _lend(within, chosen, due, lease, until)
        lent += got
        if len(got) == len(chosen):
            break
    lent = await _without_early_ones(within, lent, now, lease) if lent else []
    return sorted(lent, key=_age)


def _age(one: Document) -> tuple[object, ...]:
    return one["received_at"], isinstance(one["place"], Place), one["place"]


async def _lent_to_others(within: Scope, now: int, lease: Lease) -> list[Document]:
    lent = {"state": "waiting", "lease": {"$gt": "", "$ne": lease}, "due_at": {"$gt": now}}
    return await within[_RECEIVED.name].find(lent, only=("actor", "received_at", "place"))


async def _find_free(within: Scope, due: Filter, lent: Sequence[Document], size: int) -> list[Document]:
    if size <= 0:
        return []
    free = {**due, "actor": {"$nin": list({one["actor"] for one in lent})}}
    return await within[_RECEIVED.name].find(free, sort=_OLDEST_FIRST, limit=size, only=("_id", "actor"))


def _some_first_ones(page: Sequence[Document], room: int) -> list[Document]:
    """By chance, so that the next race is not lost too; of each actor only the earliest."""
    first = list({one["actor"]: one for one in reversed(page)}.values())
    return random.sample(first, min(room, len(first)))


async def _without_early_ones(within: Scope, ours: Sequence[Document], now: int, lease: Lease) -> list[Document]:
    """Give back what came behind something of the same actor that was lent to another at this moment."""
    others: dict[str, list[tuple[object, ...]]] = {}
    for one in await _lent_to_others(within, now, lease):
        others.setdefault(one["actor"], []).append(_age(one))
    early = [one["_id"] for one in ours if any(age < _age(one) for age in others.get(one["actor"], ()))]
    if early:
        back: Document = {"$set": {"lease": None, "due_at": now}, "$inc": {"attempts": -1}}
        await within[_RECEIVED.name].update_all({"_id": {"$in": early}, "lease": lease, "state": "waiting"}, back)
    return [one for one in ours if one["_id"] not in early]


async def _lend(within: Scope, ids: Sequence[str], due: Filter, lease: Lease, until: int) -> list[Document]:
    if not ids:
        return []
    ours, change = {"_id": {"$in": ids}}, {"$set": {"lease": lease, "due_at": until}, "$inc": {"attempts": 1}}
    await within[_RECEIVED.name].update_all({**ours, **due}, change)
    return await within[_RECEIVED.name].find({**ours, "state": "waiting", "lease": lease, "due_at": until})


async def _remove(within: Scope, finished_before: int, limit: int) -> int:
    old = {"state": {"$in": ["done", "failed"]}, "received_at": {"$lt": finished_before}}
    found = await within[_RECEIVED.name].find(old, only=("_id",), limit=limit) if limit > 0 else []
    return await within[_RECEIVED.name].delete({"_id": {"$in": [one["_id"] for one in found]}, **old})
