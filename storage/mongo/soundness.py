"""What `check` looks at: what must hold between our collections. MongoDB looks after its own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from storage.mongo.database import LONG, Database, Scope, Step
from storage.mongo.delivery_turns import DELIVERIES, find_lines
from storage.mongo.driver import Document, Filter
from storage.mongo.kept_soundness import kept_log_problems

_GAPS: Final = "The record has gaps: {count} places before its end are missing. Restore the newest backup."
_LOST: Final = "{count} entries of the record have lost the bytes they commit to. Restore the newest backup."
_STRAYS: Final = (
    "{count} waiting deliveries are held back for nothing, or go before their time. "
    "Please report this sentence; it is a mistake in the program."
)
_PAGE: Final = 1000


async def find_problems(database: Database) -> list[str]:
    """Sentences for people, empty when sound; page by page, while others go on working."""
    counted = (
        (await database.read(_count_gaps, seconds=LONG), _GAPS),
        (await database.read(_count_lost, seconds=LONG), _LOST),
        (await _count_strays(database), _STRAYS),
    )
    problems = [sentence.format(count=count) for count, sentence in counted if count]
    return problems + await kept_log_problems(database)


async def _count_gaps(within: Scope) -> int:
    last = await within["entries"].find_one({}, sort=(("_id", -1),), only=("_id",))
    return 0 if last is None else last["_id"] + 1 - await within["entries"].count({"_id": {"$lte": last["_id"]}})


async def _count_lost(within: Scope) -> int:
    lost, place = 0, -1
    while page := await _next(within, "entries", {"_id": {"$gt": place}}, by="_id", only=("activity",)):
        named = {one["activity"] for one in page}
        lost += len(named) - await within["activities"].count({"_id": {"$in": list(named)}})
        place = page[-1]["_id"]
    return lost


async def _count_strays(database: Database) -> int:
    """Line by line, each seen whole and in one moment."""
    strays = 0
    turns = await database.read(_turns_above(""))
    while turns:
        strays += await database.transact(_strays_in(turns))
        turns = await database.read(_turns_above(turns[-1]))
    return strays


def _turns_above(turn: str) -> Step[list[str]]:
    async def step(within: Scope) -> list[str]:
        waiting = {"state": "waiting", "turn": {"$gt": turn}}
        return [one["turn"] for one in await _next(within, DELIVERIES.name, waiting, by="turn", only=("turn",))]

    return step


def _strays_in(turns: Sequence[str]) -> Step[int]:
    async def step(within: Scope) -> int:
        lines = await find_lines(within, turns)
        return sum(bool(one["in_turn"]) is bool(place) for line in lines.values() for place, one in enumerate(line))

    return step


async def _next(within: Scope, name: str, filter: Filter, *, by: str, only: Sequence[str]) -> list[Document]:
    return await within[name].find(filter, sort=((by, 1),), limit=_PAGE, only=only)
