"""What becomes of the activities of kept leaves: fetched, taken back, purged; and purging our own record.

Each step writes the log's document as it counts anew; so of two at once one is run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.ids import ActivityId, ActorId, LogName
from storage.mongo.activities import ACTIVITIES
from storage.mongo.database import Scope
from storage.mongo.documents import id_of
from storage.mongo.driver import Filter
from storage.mongo.kept_leaves import BODIES, LEAVES, derive_profile, insert_bodies
from storage.mongo.kept_logs import KEPT_LOGS
from storage.mongo.noun import Noun
from storage.mongo.pages import list_present
from storage.rows import ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Withdrawal:
    """One call of `withdraw_leaves`."""

    log: LogName
    expecting: int
    to: int
    places: tuple[int, ...]
    standing: Mapping[int, bool]
    at: int


class MongoKeptBodies(Noun):
    """What `storage.store.KeptLogs` writes of bodies, and `storage.store.OwnActivities`."""

    async def keep_bodies(self, name: LogName, bodies: Mapping[int, tuple[ActorId, bytes]], *, at: datetime) -> int:
        given = dict(bodies)
        return await self.database.transact(lambda within: _keep_bodies(within, name, given, ticks(at)))

    async def withdraw_leaves(
        self,
        name: LogName,
        *,
        expecting: int,
        to: int,
        places: Collection[int],
        standing: Mapping[int, bool],
        at: datetime,
    ) -> bool:
        if to < expecting:
            return False
        withdrawal = _Withdrawal(
            log=name, expecting=expecting, to=to, places=tuple(places), standing=dict(standing), at=ticks(at)
        )
        return await self.database.transact(lambda within: _withdraw(within, withdrawal))

    async def erase_leaves(self, name: LogName, places: Collection[int], *, at: datetime) -> int:
        these = [id_of(name, place) for place in sorted(set(places))]
        return await self.database.transact(lambda within: _erase(within, name, these, ticks(at))) if these else 0

    async def purge_leaves(self, *, hidden_before: datetime, limit: int) -> int:
        return await self.database.transact(lambda within: _purge_leaves(within, ticks(hidden_before), limit))

    async def purge_activities(self, ids: Collection[ActivityId]) -> int:
        these = sorted(set(ids))
        return await self.database.transact(lambda within: _purge_activities(within, these))


async def _keep_bodies(within: Scope, name: LogName, bodies: Mapping[int, tuple[ActorId, bytes]], at: int) -> int:
    wanted: Filter = {"_id": {"$in": [id_of(name, place) for place in bodies]}, "state": "wanted"}
    found = await within[LEAVES.name].find(wanted, only=("place", "object", "type")) if bodies else []
    kept = {leaf["place"]: bodies[leaf["place"]][1] for leaf in found}
    grown = {"bytes": sum(map(len, kept.values())), "wanted": -len(kept), "held": len(kept)}
    if not found or not await _count(within, name, grown):
        return 0
    changes = []
    for leaf in found:
        new = {"state": "held", "actor": bodies[leaf["place"]][0], "changed_at": at}
        changes.append(({"_id": leaf["_id"]}, {"$set": {**new, **derive_profile({**leaf, **new})}}))
    await within[LEAVES.name].update_each(changes)
    await insert_bodies(within, name, kept)
    return len(kept)


async def _withdraw(within: Scope, withdrawal: _Withdrawal) -> bool:
    standing_at: Filter = {
        "_id": withdrawal.log,
        "withdrawn_to": withdrawal.expecting,
        "size": {"$gte": withdrawal.to},
    }
    if not await within[KEPT_LOGS.name].update(standing_at, {"$set": {"withdrawn_to": withdrawal.to}}):
        return False
    hidden = await _take_back(within, withdrawal, "held", "hidden")
    gone = await _take_back(within, withdrawal, "wanted", "gone")
    standing = await _stand(within, withdrawal, will=True) - await _stand(within, withdrawal, will=False)
    if hidden or gone or standing:
        await _count(within, withdrawal.log, {"wanted": -gone, "held": -hidden, "standing": standing})
    return True


async def _take_back(within: Scope, withdrawal: _Withdrawal, now: str, then: str) -> int:
    if not withdrawal.places:
        return 0
    these: Filter = {"_id": {"$in": [id_of(withdrawal.log, place) for place in withdrawal.places]}, "state": now}
    change = {"$set": {"state": then, "changed_at": withdrawal.at, "profile_of": None}}
    return await within[LEAVES.name].update_all(these, change)


async def _stand(within: Scope, withdrawal: _Withdrawal, *, will: bool) -> int:
    ids = [id_of(withdrawal.log, place) for place, stands in withdrawal.standing.items() if stands is will]
    if not ids:
        return 0
    others: Filter = {"_id": {"$in": ids}, "is_standing": int(not will)}
    return await within[LEAVES.name].update_all(others, {"$set": {"is_standing": int(will)}})


async def _erase(within: Scope, name: LogName, ids: Sequence[str | int], at: int) -> int:
    these: Filter = {"_id": {"$in": ids}}
    found = await within[LEAVES.name].find(these, only=("state", "is_standing"))
    freed = sum([body["size"] for body in await within[BODIES].find(these, only=("size",))])
    states = Counter(leaf["state"] for leaf in found)
    standing = sum(leaf["is_standing"] for leaf in found)
    changes = {"bytes": -freed, "wanted": -states["wanted"], "held": -states["held"], "standing": -standing}
    if not await _count(within, name, changes):
        return 0
    kept: Filter = {**these, "state": {"$ne": "gone"}}
    await within[LEAVES.name].update_all(kept, {"$set": {"state": "gone", "changed_at": at, "profile_of": None}})
    await within[LEAVES.name].update_all({**these, "is_standing": 1}, {"$set": {"is_standing": 0}})
    await within[BODIES].delete(these)
    return len(found) - states["gone"]


async def _purge_leaves(within: Scope, before: int, limit: int) -> int:
    hidden: Filter = {"state": "hidden", "changed_at": {"$lt": before}}
    found = await within[LEAVES.name].find(hidden, sort=(("changed_at", 1),), limit=limit, only=("_id",))
    these: Filter = {"_id": {"$in": [leaf["_id"] for leaf in found]}}
    if not found:
        return 0
    freed: Counter[str] = Counter()
    for body in await within[BODIES].find(these, only=("log", "size")):
        freed[body["log"]] += body["size"]
    for log, size in sorted(freed.items()):
        await _count(within, LogName(log), {"bytes": -size})
    await within[LEAVES.name].update_all(these, {"$set": {"state": "gone"}})
    await within[BODIES].delete(these)
    return len(found)


async def _purge_activities(within: Scope, ids: list[ActivityId]) -> int:
    waited_for = await list_present(within, "deliveries", "activity", ids, {"state": "waiting"})
    free: Filter = {"_id": {"$in": [id for id in ids if id not in waited_for]}, "body": {"$ne": b""}}
    return await within[ACTIVITIES.name].update_all(free, {"$set": {"body": b""}})


async def _count(within: Scope, log: LogName, changes: Mapping[str, int]) -> bool:
    """Add to what a log's leaves are counted as; False when it is not kept (any more)."""
    return await within[KEPT_LOGS.name].update({"_id": log}, {"$inc": changes}) == 1
