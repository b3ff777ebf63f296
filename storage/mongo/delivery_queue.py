"""The steps that bring deliveries into the queue outwards, and decide how long they are kept.

Which of those that wait is in turn: `delivery_turns`. How they are lent and come back: `delivery_claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from storage.errors import HeadMoved
from storage.ids import ObjectId
from storage.mongo.database import Scope
from storage.mongo.delivery_turns import DELIVERIES, Line, find_lines, named, turn_of
from storage.mongo.documents import id_of
from storage.mongo.driver import Change, Document, Filter
from storage.records import Fence, NewDelivery
from storage.rows import Rows, ticks

_COUNTERS: Final = "counters"
_CURSORS: Final = "cursors"
_NEW: Final = Rows(NewDelivery)
_UNTOUCHED: Final[Mapping[str, object]] = {
    "state": "waiting",
    "attempts": 0,
    "first_failed_at": None,
    "first_refused_at": None,
    "gone_answers": 0,
    "error": None,
    "lease": None,
}
CANCELLED: Final = {"$set": {"state": "cancelled", "lease": None}}
_ACTIVITIES: Final = "activities"
_QUEUED: Final = {"$inc": {"queued": 1}}
"""Says nothing; but whoever purges the activity's bytes at the same moment must look again."""
_STAND_BEHIND: Final = {"$inc": {"behind": 1}}
"""Says nothing; but whoever ends this delivery at the same moment must look again."""


async def _number(within: Scope, count: int) -> int:
    """The first of so many fresh serials, in order; some may stay unused.

    Outside the transaction, so that not all who queue wait for each other; after it has begun, so that they are above
    every serial it sees. Who came between is met in the line, and the transaction is run again.
    """
    outside = Scope(within.client)
    counter = await outside[_COUNTERS].change({"_id": "deliveries"}, {"$inc": {"last": count}})
    assert counter is not None  # noqa: S101  made with the schema
    return int(counter["last"]) - count + 1


async def require_place(within: Scope, fence: Fence) -> None:
    """`HeadMoved` unless the reader stands there; its document is written, so that it cannot move at this moment."""
    if await within[_CURSORS].update({"_id": fence.name, "place": fence.place}, {"$inc": {"fenced": 1}}):
        return
    standing = await within[_CURSORS].find_one({"_id": fence.name})
    if standing is None and fence.place == 0:
        await within[_CURSORS].insert({"_id": fence.name, "name": fence.name, "place": 0})
        return
    raise HeadMoved(
        f"The reader {fence.name} of the record stands at {standing['place'] if standing else 0}, not at "
        f"{fence.place}: another process has moved it. Nothing was queued. Read its place again and go on from there."
    )


async def queue_deliveries(within: Scope, deliveries: Sequence[NewDelivery], *, now: datetime) -> int:
    """Queue those not queued yet, in order, in a transaction; how many were new."""
    new = await _not_queued_yet(within, deliveries)
    if not new:
        return 0
    rows = [{**_NEW.row(one), **_UNTOUCHED, "made_at": ticks(now)} for one in new]
    lines = await find_lines(within, {turn_of(row) for row in rows})
    standing_posts = await _find_standing_posts(within, {row["object"] for row in rows})
    for serial, row in enumerate(rows, await _number(within, len(rows))):
        row.update(serial=serial, needed_until=None if row["object"] in standing_posts else ticks(now))
    await within[_ACTIVITIES].update_all({"_id": {"$in": sorted({row["activity"] for row in rows})}}, _QUEUED)
    await within[DELIVERIES.name].update_each(_line_up(rows, lines, ticks(now)))
    await within[DELIVERIES.name].insert_all([DELIVERIES.complete(row) for row in rows])
    return len(rows)


async def _not_queued_yet(within: Scope, deliveries: Sequence[NewDelivery]) -> list[NewDelivery]:
    """Each once."""
    by_id: dict[str | int, NewDelivery] = {}
    for one in deliveries:
        by_id.setdefault(id_of(one.activity, one.inbox), one)
    if by_id:
        for standing in await within[DELIVERIES.name].find({"_id": {"$in": list(by_id)}}, only=("_id",)):
            del by_id[standing["_id"]]
    return list(by_id.values())


async def _find_standing_posts(within: Scope, objects: Collection[str]) -> set[str]:
    standing = {"_id": {"$in": list(objects)}, "retracted_at": None}
    return {post["_id"] for post in await within["posts"].find(standing, only=("_id",))}


def _line_up(rows: Sequence[Document], lines: Mapping[str | int, Line], now: int) -> list[tuple[Filter, Change]]:
    """Put each row at the end of its line, a Delete in the place of what it overtakes; what changes of what stands."""
    cancelled: list[Document] = []
    met: dict[str | int, Document] = {turn: line[0] for turn, line in lines.items() if line}
    for row in rows:
        line = lines[turn_of(row)]
        if row["type"] == "Delete":
            overtaken = [one for one in line if not _is_lent(one, now)]
            line[:] = [one for one in line if _is_lent(one, now)]
            for one in overtaken:
                one["state"] = "cancelled"
            cancelled += [one for one in overtaken if "_id" in one]
        row["in_turn"] = int(not line)
        line.append(row)
    gone = {one["_id"] for one in cancelled}
    behind = [head for head in met.values() if head["_id"] not in gone]
    return [(named(one), CANCELLED) for one in cancelled] + [(named(head), _STAND_BEHIND) for head in behind]


def _is_lent(delivery: Mapping[str, Any], now: int) -> bool:
    """A lease that has lapsed is none."""
    return delivery["lease"] is not None and int(delivery["due_at"]) > now


async def keep_while_it_stands(within: Scope, object: ObjectId, retracted_at: datetime | None) -> None:
    """Keep all deliveries about an update while it stands; after its retraction they grow old like others.

    They may be a million: each is changed by itself, and broken off it can be done again.
    """
    if retracted_at is None:
        kept = {"object": object, "needed_until": {"$ne": None}}
        await within[DELIVERIES.name].update_all(kept, {"$set": {"needed_until": None}})
        return
    released = {"object": object, "needed_until": None}
    until = {"$max": ["$made_at", ticks(retracted_at)]}
    await within[DELIVERIES.name].update_all(released, [{"$set": {"needed_until": until}}])


async def remove(within: Scope, finished_before: datetime, limit: int) -> int:
    """Forget delivered and cancelled ones that nobody needed since then; how many.

    `needed_until` was written when the delivery was made, perhaps at the very moment its update was: so the updates are
    asked once more.
    """
    old = {"state": {"$in": ["delivered", "cancelled"]}, "needed_until": {"$lt": ticks(finished_before)}}
    found = await within[DELIVERIES.name].find(old, only=("object",), limit=limit) if limit > 0 else []
    for object in await _find_standing_posts(within, {one["object"] for one in found}):
        await keep_while_it_stands(within, ObjectId(object), None)
    return await within[DELIVERIES.name].delete({"_id": {"$in": [one["_id"] for one in found]}, **old})
