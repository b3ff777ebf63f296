"""The queue outwards, as the floors above ask for it; `delivery_queue` holds the steps that move it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from storage.errors import HeadMoved
from storage.ids import ActivityId, ActorId, Host, InboxUrl, Lease, ObjectId
from storage.records import Delivery, DeliveryResult, Fence, NewDelivery, QueueSummary
from storage.rows import LARGEST, json_list, ticks, time_at
from storage.sqlite import delivery_queue as queue
from storage.sqlite.log import read_cursor
from storage.sqlite.noun import Noun

_COUNT: Final = """
    SELECT 'waiting', count(*) FROM deliveries WHERE state = 'waiting'
    UNION ALL SELECT state, count(*) FROM deliveries WHERE state <> 'waiting' GROUP BY state
"""
_SUMMARY: Final = """
    SELECT count(*), (SELECT min(made_at) FROM deliveries WHERE state = 'waiting'),
      (SELECT count(*) FROM deliveries WHERE state = 'waiting'
        AND host IN (SELECT host FROM hosts WHERE resting_until > :now)),
      (SELECT count(*) FROM hosts WHERE resting_until > :now),
      (SELECT count(*) FROM deliveries WHERE state <> 'waiting' AND state = 'dead' AND made_at >= :since)
    FROM deliveries WHERE state = 'waiting'
"""
_NONE: Final = {"waiting": 0, "delivered": 0, "dead": 0, "cancelled": 0}
_NEXT_DUE: Final = """
    SELECT due_at FROM delivery_heads WHERE host NOT IN (SELECT value FROM json_each(?))
    ORDER BY due_at LIMIT 1
"""
_INBOXES: Final = "SELECT DISTINCT inbox FROM deliveries WHERE object = ? AND inbox > ? ORDER BY inbox LIMIT ?"


class SqliteDeliveries(Noun):
    """`storage.store.Deliveries`."""

    async def add_deliveries(
        self, deliveries: Sequence[NewDelivery], *, now: datetime, fence: Fence | None = None
    ) -> int:
        return await self.database.write(lambda connection: _add(connection, deliveries, now, fence))

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
        claim = queue.Claim(now=now, until=until, lease=lease, limit=limit, per_host=per_host, busy=tuple(busy))
        return await self.database.write(lambda connection: queue.claim(connection, claim))

    async def return_deliveries(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        return await self.database.write(lambda connection: queue.return_lent(connection, lease, until, now))

    async def finish_deliveries(self, results: Sequence[DeliveryResult]) -> int:
        return await self.database.write(lambda connection: queue.finish(connection, results))

    async def next_delivery_due(self, *, busy: Collection[Host]) -> datetime | None:
        """What waits behind an earlier delivery of its object to its inbox does not count yet."""
        parameters = (json_list(busy),)
        row = await self.database.read(lambda connection: connection.execute(_NEXT_DUE, parameters).fetchone())
        return None if row is None else time_at(row[0])

    async def postpone_host(self, host: Host, *, until: datetime) -> int:
        return await self.database.write(lambda connection: queue.postpone(connection, host, until))

    async def hasten_host(self, host: Host, *, now: datetime) -> int:
        return await self.database.write(lambda connection: queue.hasten(connection, host, now))

    async def list_deliveries(
        self, activity: ActivityId | None, object: ObjectId | None, *, after: int | None, limit: int
    ) -> list[Delivery]:
        of_activity = "" if activity is None else "AND activity = :activity"
        of_object = "" if object is None else "AND object = :object"
        rest = f"WHERE serial < :below {of_activity} {of_object} ORDER BY serial DESC LIMIT :limit"
        below = LARGEST if after is None else min(after, LARGEST)
        return await self.database.read(
            lambda connection: queue.DELIVERIES.select(
                connection, rest, activity=activity, object=object, below=below, limit=limit
            )
        )

    async def find_delivery(self, activity: ActivityId, inbox: InboxUrl) -> Delivery | None:
        rest = "WHERE activity = :activity AND inbox = :inbox"
        return await self.database.read(
            lambda connection: queue.DELIVERIES.find(connection, rest, activity=activity, inbox=inbox)
        )

    async def is_waiting(self, activity: ActivityId) -> bool:
        rest = "WHERE activity = :activity AND state = 'waiting'"
        return await self.database.read(
            lambda connection: queue.DELIVERIES.find(connection, rest, activity=activity) is not None
        )

    async def count_deliveries(self) -> dict[str, int]:
        return await self.database.read(lambda connection: {**_NONE, **dict(connection.execute(_COUNT).fetchall())})

    async def summarise_queue(self, *, now: datetime, made_since: datetime) -> QueueSummary:
        given = {"now": ticks(now), "since": ticks(made_since)}
        waiting, oldest, resting, hosts, dead = await self.database.read(
            lambda connection: connection.execute(_SUMMARY, given).fetchone()
        )
        return QueueSummary(
            waiting=waiting,
            resting=resting,
            resting_hosts=hosts,
            oldest_made_at=None if oldest is None else time_at(oldest),
            dead=dead,
        )

    async def list_object_inboxes(self, object: ObjectId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        return await self.database.read(lambda connection: _list_inboxes(connection, object, after, limit))

    async def remove_deliveries(self, *, finished_before: datetime, limit: int) -> int:
        return await self.database.write(lambda connection: queue.remove(connection, finished_before, limit))

    async def cancel_host_deliveries(self, host: Host) -> int:
        return await self.database.write(lambda connection: queue.cancel_host(connection, host))

    async def cancel_inbox_deliveries(
        self, to: Collection[tuple[InboxUrl, Host]], *, actor: ActorId | None = None
    ) -> int:
        return await self.database.write(lambda connection: queue.cancel_inboxes(connection, to, actor))

    async def list_waiting_hosts(self) -> list[Host]:
        statement = "SELECT DISTINCT host FROM deliveries WHERE state = 'waiting' ORDER BY host"
        return await self.database.read(
            lambda connection: [Host(host) for (host,) in connection.execute(statement).fetchall()]
        )


def _add(connection: sqlite3.Connection, deliveries: Sequence[NewDelivery], now: datetime, fence: Fence | None) -> int:
    if fence is not None and (place := read_cursor(connection, fence.name)) != fence.place:
        raise HeadMoved(
            f"The reader {fence.name} of the record stands at {place}, not at {fence.place}: another process has moved "
            "it. Nothing was queued. Read its place again and go on from there."
        )
    return queue.queue_deliveries(connection, deliveries, now=now)


def _list_inboxes(
    connection: sqlite3.Connection, object: ObjectId, after: InboxUrl | None, limit: int
) -> list[InboxUrl]:
    rows = connection.execute(_INBOXES, (object, after or "", limit))
    return [InboxUrl(inbox) for (inbox,) in rows.fetchall()]
