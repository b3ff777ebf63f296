"""The steps that move the queue outwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from storage.ids import ObjectId
from storage.mongo.database import Scope
from storage.records import NewDelivery

_COUNTERS: Final = "counters"


async def number(within: Scope, count: int) -> int:
    """The first of so many fresh serials, in order; some may stay unused."""
    if not count:
        return 0
    counter = await within[_COUNTERS].change({"_id": "deliveries"}, {"$inc": {"last": count}})
    assert counter is not None  # noqa: S101  made with the schema
    return int(counter["last"]) - count + 1


async def queue_deliveries(within: Scope, deliveries: Sequence[NewDelivery], *, now: datetime, first: int) -> int:
    """Queue those not queued yet, in order; how many were new."""
    raise NotImplementedError


async def keep_while_it_stands(within: Scope, object: ObjectId, retracted_at: datetime | None) -> None:
    """Keep all deliveries about an update while it stands; after its retraction they grow old like others."""
