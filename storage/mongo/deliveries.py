"""The queue outwards, as the floors above ask for it; its steps are in `delivery_queue` and `delivery_claims`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from storage.ids import ActivityId, ActorId, Host, InboxUrl, Lease, ObjectId
from storage.mongo import delivery_claims as claims
from storage.mongo import delivery_queue as queue
from storage.mongo.database import LONG, Scope
from storage.mongo.delivery_turns import DELIVERIES
from storage.mongo.documents import count_states, id_of
from storage.mongo.driver import Document
from storage.mongo.noun import Noun
from storage.records import Delivery, DeliveryResult, Fence, NewDelivery, QueueSummary
from storage.rows import LARGEST, ticks, time_at

_NONE: Final = {"waiting": 0, "delivered": 0, "dead": 0, "cancelled": 0}
_WAITING: Final = {"state": "waiting"}
_INBOXES_AT_ONCE: Final = 500
_READ_AHEAD: Final = 4
"""Deliveries read for each inbox that is wanted: an update and some corrections."""


class MongoDeliveries(Noun):
    """`storage.store.Deliveries`."""

    async def add_deliveries(
        self, deliveries: Sequence[NewDelivery], *, now: datetime, fence: Fence | None = None
    ) -> int:
        new = list(deliveries)
        return await self.database.transact(lambda within: _add(within, new, now, fence))

    async def claim_deliveries(
        self,
        *,
        now: datetime,
        until: datetime,
        lease: Lease,
        limit: int,
        per_host: int,
        busy: Collection[Host],
    ) -> list[Delivery]:
        claim = claims.Claim(now=now, until=until, lease=lease, limit=limit, per_host=per_host, busy=tuple(busy))
        return await self.database.write(lambda within: claims.claim(within, claim))

    async def return_deliveries(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        lent = {"state": "waiting", "in_turn": 1, "due_at": ticks(until), "lease": lease}
        back = {"$set": {"lease": None, "due_at": ticks(now)}}
        return await self.database.write(lambda within: within[DELIVERIES.name].update_all(lent, back))

    async def finish_deliveries(self, results: Sequence[DeliveryResult]) -> int:
        if not results:
            return 0
        given = list(results)
        return await self.database.transact(lambda within: claims.finish(within, given))

    async def next_delivery_due(self, *, busy: Collection[Host]) -> datetime | None:
        """What waits behind an earlier delivery of its object to its inbox does not count yet."""
        due = {"state": "waiting", "in_turn": 1, "host": {"$nin": list(busy)}}
        first = await self.database.read(
            lambda within: within[DELIVERIES.name].find_one(due, sort=(("due_at", 1),), only=("due_at",))
        )
        return None if first is None else time_at(first["due_at"])

    async def postpone_host(self, host: Host, *, until: datetime) -> int:
        return await self.database.write(lambda within: claims.postpone(within, host, until), seconds=LONG)

    async def hasten_host(self, host: Host, *, now: datetime) -> int:
        return await self.database.write(lambda within: claims.hasten(within, host, now), seconds=LONG)

    async def list_deliveries(
        self, activity: ActivityId | None, object: ObjectId | None, *, after: int | None, limit: int
    ) -> list[Delivery]:
        named = {"activity": activity, "object": object}
        below = LARGEST if after is None else min(after, LARGEST)
        filter = {"serial": {"$lt": below}, **{name: id for name, id in named.items() if id is not None}}
        return await self.database.read(
            lambda within: DELIVERIES.select(within, filter, sort=(("serial", -1),), limit=limit)
        )

    async def find_delivery(self, activity: ActivityId, inbox: InboxUrl) -> Delivery | None:
        return await self.database.read(lambda within: DELIVERIES.find(within, {"_id": id_of(activity, inbox)}))

    async def is_waiting(self, activity: ActivityId) -> bool:
        waiting = {"activity": activity, "state": "waiting"}
        found = await self.database.read(lambda within: within[DELIVERIES.name].find_one(waiting, only=("_id",)))
        return found is not None

    async def count_deliveries(self) -> dict[str, int]:
        return await self.database.read(lambda within: count_states(within, DELIVERIES.name, _NONE))

    async def summarise_queue(self, *, now: datetime, made_since: datetime) -> QueueSummary:
        return await self.database.read(lambda within: _summarise(within, ticks(now), ticks(made_since)))

    async def list_object_inboxes(self, object: ObjectId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        return await self.database.read(lambda within: _list_inboxes(within, object, after or "", limit))

    async def remove_deliveries(self, *, finished_before: datetime, limit: int) -> int:
        return await self.database.write(lambda within: queue.remove(within, finished_before, limit))

    async def cancel_host_deliveries(self, host: Host) -> int:
        return await self.database.write(lambda within: claims.cancel_host(within, host), seconds=LONG)

    async def cancel_inbox_deliveries(
        self, to: Collection[tuple[InboxUrl, Host]], *, actor: ActorId | None = None
    ) -> int:
        named, cancelled = list(to), 0
        for start in range(0, len(named), _INBOXES_AT_ONCE):
            cancelled += await self._cancel(named[start : start + _INBOXES_AT_ONCE], actor)
        return cancelled

    async def _cancel(self, to: Sequence[tuple[InboxUrl, Host]], actor: ActorId | None) -> int:
        """In steps that each may stand alone."""
        cancelled = 0
        while some := await self.database.transact(lambda within: claims.cancel_some(within, to, actor)):
            cancelled += some
        return cancelled

    async def list_waiting_hosts(self) -> list[Host]:
        by_host: list[Document] = [{"$match": _WAITING}, {"$sort": {"host": 1}}, {"$group": {"_id": "$host"}}]
        found = await self.database.read(lambda within: within[DELIVERIES.name].aggregate(by_host))
        return sorted(Host(one["_id"]) for one in found)


async def _add(within: Scope, new: Sequence[NewDelivery], now: datetime, fence: Fence | None) -> int:
    if fence is not None:
        await queue.require_place(within, fence)
    return await queue.queue_deliveries(within, new, now=now)


async def _summarise(within: Scope, now: int, since: int) -> QueueSummary:
    resting = [one["_id"] for one in await within["hosts"].find({"resting_until": {"$gt": now}}, only=("_id",))]
    oldest = await within[DELIVERIES.name].find_one(_WAITING, sort=(("made_at", 1),), only=("made_at",))
    return QueueSummary(
        waiting=await within[DELIVERIES.name].count(_WAITING),
        resting=await within[DELIVERIES.name].count({**_WAITING, "host": {"$in": resting}}) if resting else 0,
        resting_hosts=len(resting),
        oldest_made_at=None if oldest is None else time_at(oldest["made_at"]),
        dead=await within[DELIVERIES.name].count({"state": "dead", "made_at": {"$gte": since}}),
    )


async def _list_inboxes(within: Scope, object: ObjectId, above: str, limit: int) -> list[InboxUrl]:
    """From the index alone, page by page, each beginning behind the last inbox that is known."""
    inboxes: list[InboxUrl] = []
    size, in_order = limit * _READ_AHEAD, (("inbox", 1),)
    while len(inboxes) < limit:
        heard = {"object": object, "inbox": {"$gt": inboxes[-1] if inboxes else above}}
        page = await within[DELIVERIES.name].find(heard, sort=in_order, limit=size, only=("inbox",))
        inboxes += dict.fromkeys(InboxUrl(one["inbox"]) for one in page)
        if len(page) < size:
            break
    return inboxes[:limit]
