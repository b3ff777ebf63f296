"""How deliveries are lent and come back, and how a host's are moved or cancelled.

A claim needs no transaction: it looks for what is due, then lends each of that only if it is still due, and reads what
it got. Whoever ends a delivery gives the turn to the next one in the same transaction.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from storage.ids import ActorId, Host, InboxUrl, Lease
from storage.mongo.database import Scope
from storage.mongo.delivery_queue import CANCELLED
from storage.mongo.delivery_turns import DELIVERIES, Line, find_lines, give_turns, named
from storage.mongo.driver import Change, Document, Filter
from storage.records import Delivery, DeliveryResult
from storage.rows import Rows, ticks

_RESULTS: Final = Rows(DeliveryResult, without=("serial", "lease"))
_OLDEST_FIRST: Final = (("due_at", 1), ("serial", 1))
_READ_AHEAD: Final = 4
"""A page of what is due is so many times what is wanted, for hosts that get no more than their share."""
_WIDER: Final = 4
"""After a lost race a page is so many times longer, and a random part of it is asked for."""
_PAGES: Final = 8
"""A claim that met more hosts than that, each full before its page was over, is content with less."""
_RACES: Final = 3
_AT_ONCE: Final = 500
"""Deliveries cancelled in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a worker asks for."""

    now: datetime
    until: datetime
    lease: Lease
    limit: int
    per_host: int
    busy: tuple[Host, ...]


async def claim(within: Scope, claim: Claim) -> list[Delivery]:
    """Lend what is due and in turn, oldest due first."""
    lent: list[tuple[Document, Document]] = []
    for race in range(_RACES):
        wanted = await _choose(within, claim, [asked for asked, _ in lent], is_lost=race > 0)
        got = await _lend(within, claim, wanted)
        lent += got
        if len(got) == len(wanted):
            break
    lent.sort(key=lambda one: (one[0]["due_at"], one[0]["serial"]))
    return [DELIVERIES.record_of(document) for _, document in lent]


async def _choose(within: Scope, claim: Claim, have: Sequence[Document], *, is_lost: bool) -> list[Document]:
    """What to ask for besides what we have, page by page, without the hosts that have their share.

    After a lost race by chance, so that workers who met do not run after the same ones again.
    """
    room = claim.limit - len(have)
    size = room * _READ_AHEAD * (_WIDER if is_lost else 1)
    shares, chosen, since = Counter(one["host"] for one in have), list[Document](), 0
    for _ in range(_PAGES if room > 0 and claim.per_host > 0 else 0):
        due = _due(claim, [host for host, share in shares.items() if share >= claim.per_host], chosen, since)
        page = await within[DELIVERIES.name].find(due, sort=_OLDEST_FIRST, limit=size, only=_ASKED)
        for one in random.sample(page, len(page)) if is_lost else page:
            if len(chosen) < room and shares[one["host"]] < claim.per_host:
                shares[one["host"]] += 1
                chosen.append(one)
        if len(page) < size or len(chosen) == room:
            break
        since = page[-1]["due_at"]
    return chosen


_ASKED: Final = ("host", "due_at", "serial")


def _due(claim: Claim, full: Sequence[str], chosen: Sequence[Document], since: int) -> Filter:
    """All of it is answered from one index; hosts with their share are passed over without reading deliveries."""
    filter: Document = {"state": "waiting", "in_turn": 1, "due_at": {"$gte": since, "$lte": ticks(claim.now)}}
    if full or claim.busy:
        filter["host"] = {"$nin": [*claim.busy, *full]}
    if chosen:
        filter["serial"] = {"$nin": [one["serial"] for one in chosen]}
    return filter


async def _lend(within: Scope, claim: Claim, wanted: Sequence[Document]) -> list[tuple[Document, Document]]:
    """Those of them that nobody took meanwhile: as they were asked for, and as they stand now."""
    if not wanted:
        return []
    by_id = {one["_id"]: one for one in wanted}
    ours, until = {"_id": {"$in": list(by_id)}}, ticks(claim.until)
    still_due = {**ours, "state": "waiting", "in_turn": 1, "due_at": {"$lte": ticks(claim.now)}}
    await within[DELIVERIES.name].update_all(still_due, {"$set": {"lease": claim.lease, "due_at": until}})
    lent = await within[DELIVERIES.name].find({**ours, "state": "waiting", "lease": claim.lease, "due_at": until})
    return [(by_id[one["_id"]], one) for one in lent]


async def finish(within: Scope, results: Sequence[DeliveryResult]) -> int:
    """In a transaction write the results whose lease stands; how many. What is overtaken by a Delete is cancelled."""
    ours = await _still_ours(within, results)
    lines = await find_lines(within, {one["turn"] for one, _ in ours})
    changes: list[tuple[Filter, Change]] = []
    for one, result in ours:
        line = lines[one["turn"]]
        state = "cancelled" if result.state == "waiting" and _is_overtaken(one, line) else result.state
        changes.append((named(one), {"$set": {**_RESULTS.row(result), "state": state, "lease": None}}))
        if state != "waiting":
            line[:] = [other for other in line if other["_id"] != one["_id"]]
    await within[DELIVERIES.name].update_each(changes)
    await give_turns(within, lines.values())
    return len(changes)


async def _still_ours(within: Scope, results: Sequence[DeliveryResult]) -> list[tuple[Document, DeliveryResult]]:
    by_serial = {result.serial: result for result in reversed(results)}
    lent = {"serial": {"$in": list(by_serial)}, "state": "waiting"}
    found = await within[DELIVERIES.name].find(lent, only=("turn", "serial", "lease"))
    paired = [(one, by_serial[one["serial"]]) for one in found]
    return [(one, result) for one, result in paired if one["lease"] == result.lease]


def _is_overtaken(delivery: Mapping[str, Any], line: Line) -> bool:
    """What was lent when a Delete came, and comes back undelivered."""
    return any(other["type"] == "Delete" and other["serial"] > delivery["serial"] for other in line)


async def postpone(within: Scope, host: Host, until: datetime) -> int:
    """What waits for the host and is not lent becomes due no earlier than `until`."""
    return await _move(within, host, "$lt", until)


async def hasten(within: Scope, host: Host, now: datetime) -> int:
    """What waits for the host and is not lent becomes due no later than `now`."""
    return await _move(within, host, "$gt", now)


async def _move(within: Scope, host: Host, comparison: str, at: datetime) -> int:
    moved = {"state": "waiting", "host": host, "lease": None, "due_at": {comparison: ticks(at)}}
    return await within[DELIVERIES.name].update_all(moved, {"$set": {"due_at": ticks(at)}})


async def cancel_host(within: Scope, host: Host) -> int:
    """Cancel everything that waits for the host, lent or not.

    Too many for one transaction. What was put behind one of them meanwhile is cancelled in the next round: without it
    nobody would give it the turn.
    """
    cancelled = 0
    while some := await within[DELIVERIES.name].update_all({"state": "waiting", "host": host}, CANCELLED):
        cancelled += some
    return cancelled


async def cancel_some(within: Scope, to: Collection[tuple[InboxUrl, Host]], actor: ActorId | None) -> int:
    """In a transaction cancel some of what waits for these inboxes; how many, 0 when nothing is left to cancel."""
    waiting: Document = {
        "state": "waiting",
        "host": {"$in": sorted({host for _, host in to})},
        "inbox": {"$in": sorted({inbox for inbox, _ in to})},
        "type": {"$nin": ["Reject", "Undo"]},
    }
    if actor is not None:
        waiting["actor"] = actor
    found = await within[DELIVERIES.name].find(waiting, only=("turn",), limit=_AT_ONCE)
    if not found:
        return 0
    lines = await find_lines(within, {one["turn"] for one in found})
    gone = {one["_id"] for one in found}
    await within[DELIVERIES.name].update_all({"_id": {"$in": sorted(gone)}}, CANCELLED)
    await give_turns(within, [[one for one in line if one["_id"] not in gone] for line in lines.values()])
    return len(found)
