"""Budgets that all processes share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from storage.mongo.database import Scope
from storage.mongo.driver import Change, Filter
from storage.mongo.noun import Noun
from storage.rows import ticks

_SPENDING: Final = "spending"


class MongoSpending(Noun):
    """`storage.store.Spending`."""

    async def add_spending(self, spent: Mapping[str, int], *, now: datetime, keep_until: datetime) -> dict[str, int]:
        grown = [_grown(budget, much, ticks(now), ticks(keep_until)) for budget, much in spent.items()]
        return await self.database.write(lambda within: _add(within, grown, list(spent)))

    async def remove_spending(self, *, before: datetime, limit: int) -> int:
        return await self.database.write(lambda within: _remove(within, ticks(before), limit))


def _grown(budget: str, much: int, now: int, until: int) -> tuple[Filter, Change]:
    """One budget's change: begun anew once its time is over."""
    lasts = {"$gt": ["$keep_until", now]}
    return {"_id": budget}, [
        {
            "$set": {
                "budget": budget,
                "spent": {"$add": [{"$cond": [lasts, "$spent", 0]}, much]},
                "keep_until": {"$cond": [lasts, "$keep_until", until]},
            }
        }
    ]


async def _add(within: Scope, grown: list[tuple[Filter, Change]], budgets: list[str]) -> dict[str, int]:
    await within[_SPENDING].update_each(grown, upsert=True)
    found = await within[_SPENDING].find({"_id": {"$in": budgets}})
    return {one["_id"]: int(one["spent"]) for one in found}


async def _remove(within: Scope, before: int, limit: int) -> int:
    lapsed = {"keep_until": {"$lt": before}}
    found = await within[_SPENDING].find(lapsed, limit=limit, only=("_id",))
    return await within[_SPENDING].delete({"_id": {"$in": [one["_id"] for one in found]}, **lapsed})
