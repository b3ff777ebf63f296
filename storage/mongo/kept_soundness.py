"""What `check` looks at in kept logs: each is whole from its first leaf to its last, and so are the tiles over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from storage.ids import LogName
from storage.leaves import Counted, say_problems
from storage.mongo.database import Database, Scope
from storage.mongo.driver import Document, Filter
from storage.mongo.kept_leaves import BODIES, LEAVES
from storage.mongo.kept_logs import COUNTS, KEPT_LOGS
from storage.records import LogMeasure

_PAGE: Final = 1000
_TRIES: Final = 3
"""A log that goes on changing under our eyes is looked at another time."""
_OF_LEAF: Final = ("place", "entry", "state", "is_standing")


async def kept_log_problems(database: Database) -> list[str]:
    """Sentences for people, empty when sound; page by page, while others go on working."""
    problems: list[str] = []
    logs = await database.read(lambda within: within[KEPT_LOGS.name].find({}, only=("_id",)))
    for name in sorted(LogName(log["_id"]) for log in logs):
        problems += await _problems_of(database, name)
    return problems


async def _problems_of(database: Database, name: LogName) -> list[str]:
    for _ in range(_TRIES):
        before = await _find(database, name)
        counted = await _count_leaves(database, name)
        tiles = await _count_tiles(database, name)
        if before is not None and before == await _find(database, name):
            return say_problems(KEPT_LOGS.record_of(before), _counted(before, counted, tiles))
    return []


async def _find(database: Database, name: LogName) -> Document | None:
    return await database.read(lambda within: within[KEPT_LOGS.name].find_one({"_id": name}))


def _counted(log: Mapping[str, Any], counted: Counter[str], tiles: dict[int, tuple[int, int, int]]) -> Counted:
    return Counted(
        leaves=counted["leaves"],
        end=counted["end"],
        tiles=tiles,
        bodiless=counted["bodiless"],
        told=LogMeasure(**{count: int(log[count]) for count in COUNTS}),
        found=LogMeasure(**{count: counted[count] for count in COUNTS}),
    )


async def _count_leaves(database: Database, name: LogName) -> Counter[str]:
    counted: Counter[str] = Counter()
    while page := await database.read(partial(_next_leaves, name=name, start=counted["end"])):
        for leaf in page:
            counted["leaves"] += 1
            counted["bytes"] += len(leaf["entry"]) + leaf.get("size", 0)
            counted["wanted"] += leaf["state"] == "wanted"
            counted["held"] += leaf["state"] == "held"
            counted["standing"] += leaf["is_standing"]
            counted["bodiless"] += (leaf["state"] in ("held", "hidden")) != ("size" in leaf)
        counted["end"] = page[-1]["place"] + 1
    return counted


async def _next_leaves(within: Scope, *, name: LogName, start: int) -> list[Document]:
    """With the sizes of the bodies that stand."""
    above: Filter = {"log": name, "place": {"$gte": start}}
    page = await within[LEAVES.name].find(above, sort=(("place", 1),), limit=_PAGE, only=_OF_LEAF)
    these: Filter = {"_id": {"$in": [leaf["_id"] for leaf in page]}}
    sizes = {one["_id"]: one for one in await within[BODIES].find(these, only=("size",))}
    return [{**leaf, **sizes.get(leaf["_id"], {})} for leaf in page]


async def _count_tiles(database: Database, name: LogName) -> dict[int, tuple[int, int, int]]:
    tiles: dict[int, tuple[int, int, int]] = {}
    last = ""
    while page := await database.read(partial(_next_tiles, name=name, last=last)):
        for tile in page:
            count, end, length = tiles.get(tile["level"], (0, 0, 0))
            tiles[tile["level"]] = (count + 1, max(end, tile["number"] + 1), length + len(tile["hashes"]))
        last = page[-1]["_id"]
    return tiles


async def _next_tiles(within: Scope, *, name: LogName, last: str) -> list[Document]:
    above: Filter = {"log": name, "_id": {"$gt": last}}
    return await within["kept_tiles"].find(above, sort=(("_id", 1),), limit=_PAGE)
