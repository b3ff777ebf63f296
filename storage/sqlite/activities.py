"""Bytes of every activity of ours, logged or private."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import ActivityId
from storage.records import Activity, NewDelivery
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


def _add_activity(connection: sqlite3.Connection, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
    is_new = ACTIVITIES.add(connection, activity)
    queue_deliveries(connection, deliveries, now=activity.created_at)
    return is_new
