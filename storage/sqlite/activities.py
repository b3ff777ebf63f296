"""Bytes of every activity of ours, logged or private."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId
from storage.records import Activity, NewDelivery
from storage.rows import json_list
from storage.sqlite.delivery_queue import queue_deliveries
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

ACTIVITIES: Final = Table("activities", Activity, key=("id",))


class SqliteActivities(Noun):
    """`storage.store.Activities`."""

    async def add_activity(self, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
        return await self.database.write(lambda connection: _add_activity(connection, activity, deliveries))

    async def find_activity(self, id: ActivityId) -> Activity | None:
        return await self.database.read(lambda connection: ACTIVITIES.find(connection, "WHERE id = :id", id=id))

    async def list_activities(self, ids: Sequence[ActivityId]) -> list[Activity]:
        return await self.database.read(lambda connection: _list_activities(connection, ids))


def _list_activities(connection: sqlite3.Connection, ids: Sequence[ActivityId]) -> list[Activity]:
    among = "WHERE id IN (SELECT value FROM json_each(:ids))"
    found = {activity.id: activity for activity in ACTIVITIES.select(connection, among, ids=json_list(ids))}
    return [found[id] for id in ids if id in found]


def _add_activity(connection: sqlite3.Connection, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
    is_new = ACTIVITIES.add(connection, activity)
    queue_deliveries(connection, deliveries, now=activity.created_at)
    return is_new
