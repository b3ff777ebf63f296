"""Bytes of every activity of ours, logged or private."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId
from storage.mongo.database import Scope
from storage.mongo.delivery_queue import queue_deliveries
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import Activity, NewDelivery

ACTIVITIES: Final = Documents("activities", Activity, key=("id",))


class MongoActivities(Noun):
    """`storage.store.Activities`."""

    async def add_activity(self, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
        return await self.database.transact(lambda within: _add_activity(within, activity, deliveries))

    async def find_activity(self, id: ActivityId) -> Activity | None:
        return await self.database.read(lambda within: ACTIVITIES.find(within, {"_id": id}))

    async def list_activities(self, ids: Sequence[ActivityId]) -> list[Activity]:
        kept = await self.database.read(lambda within: ACTIVITIES.select(within, {"_id": {"$in": list(ids)}}))
        found = {activity.id: activity for activity in kept}
        return [found[id] for id in ids if id in found]


async def _add_activity(within: Scope, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
    is_new = await ACTIVITIES.add(within, activity)
    await queue_deliveries(within, deliveries, now=activity.created_at)
    return is_new
