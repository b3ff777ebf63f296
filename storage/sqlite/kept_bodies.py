"""What becomes of the activities of kept leaves: fetched, taken back, purged; and purging our own record.

The SQL made here is put together from our own words, never from what came from outside.
"""

# ruff: noqa: S608  see the docstring
from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from storage.ids import ActivityId, ActorId, LogName
from storage.rows import json_list, ticks
from storage.sqlite.kept_leaves import insert_bodies
from storage.sqlite.noun import Noun

# Left alone, SQLite chooses an index of states, and goes through the whole log for a few places.
_BY_PLACE: Final = "INDEXED BY sqlite_autoindex_kept_leaves_1"
_STILL_WANTED: Final = f"""
    SELECT json_group_array(place) FROM kept_leaves {_BY_PLACE}
    WHERE log = :log AND state = 'wanted' AND place IN (SELECT value FROM json_each(:places))
"""
_HOLD: Final = f"""
    UPDATE kept_leaves {_BY_PLACE} SET state = 'held', actor = :actor, changed_at = :at
    WHERE log = :log AND state = 'wanted' AND place IN (SELECT value FROM json_each(:places))
"""
_COUNT: Final = """
    UPDATE kept_logs SET bytes = bytes + :bytes, wanted = wanted + :wanted, held = held + :held,
      standing = standing + :standing
    WHERE name = :log
"""
_MOVE_ON: Final = """
    UPDATE kept_logs SET withdrawn_to = :to
    WHERE name = :log AND withdrawn_to = :expecting AND :to BETWEEN withdrawn_to AND size
"""
_TAKE_BACK: Final = f"""
    UPDATE kept_leaves {_BY_PLACE} SET state = :then, changed_at = :at
    WHERE log = :log AND state = :now AND place IN (SELECT value FROM json_each(:places))
"""
_STAND: Final = f"""
    UPDATE kept_leaves {_BY_PLACE} SET is_standing = :stands
    WHERE log = :log AND is_standing <> :stands AND place IN (SELECT value FROM json_each(:places))
"""
_HIDDEN: Final = """
    SELECT log, kept_leaves.place, coalesce(size, 0) FROM kept_leaves LEFT JOIN kept_bodies USING (log, place)
    WHERE state = 'hidden' AND changed_at < :before ORDER BY changed_at LIMIT :limit
"""
_GONE: Final = "UPDATE kept_leaves SET state = 'gone' WHERE log = ? AND place = ?"
_PURGE: Final = """
    UPDATE activities SET body = x'' WHERE id IN (SELECT value FROM json_each(:ids)) AND body <> x''
      AND NOT EXISTS (SELECT 1 FROM deliveries WHERE activity = activities.id AND state = 'waiting')
"""


_THESE: Final = "WHERE log = :log AND place IN (SELECT value FROM json_each(:places))"
_MEASURE: Final = f"""
    SELECT count(*) FILTER (WHERE state <> 'gone'), count(*) FILTER (WHERE state = 'wanted'),
      count(*) FILTER (WHERE state = 'held'), coalesce(sum(is_standing), 0) FROM kept_leaves {_BY_PLACE} {_THESE}
"""
_FREED: Final = f"SELECT coalesce(sum(size), 0) FROM kept_bodies {_THESE}"
_FORGET: Final = f"DELETE FROM kept_bodies {_THESE}"
_ERASE: Final = f"""
    UPDATE kept_leaves {_BY_PLACE}
    SET state = 'gone', is_standing = 0, changed_at = iif(state = 'gone', changed_at, :at) {_THESE}
"""


class SqliteKeptBodies(Noun):
    """What `storage.store.KeptLogs` writes of bodies, and `storage.store.OwnActivities`."""

    async def keep_bodies(self, name: LogName, bodies: Mapping[int, tuple[ActorId, bytes]], *, at: datetime) -> int:
        given = dict(bodies)
        return await self.database.write(
            lambda connection: _keep_bodies(connection, name, given, ticks(at)), rows=len(given)
        )

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
        moved = {"log": name, "expecting": expecting, "to": to}
        back = {"log": name, "places": json_list(places), "at": ticks(at)}
        stands = dict(standing)
        return await self.database.write(
            lambda connection: _withdraw(connection, moved, back, stands), rows=len(places) + len(stands)
        )

    async def erase_leaves(self, name: LogName, places: Collection[int], *, at: datetime) -> int:
        these = {"log": name, "places": json_list(places), "at": ticks(at)}
        return await self.database.write(lambda connection: _erase(connection, these), rows=len(places))

    async def purge_leaves(self, *, hidden_before: datetime, limit: int) -> int:
        return await self.database.write(
            lambda connection: _purge_leaves(connection, ticks(hidden_before), limit), rows=limit
        )

    async def purge_activities(self, ids: Collection[ActivityId]) -> int:
        return await self._change(_PURGE, json_list(ids))


def _keep_bodies(
    connection: sqlite3.Connection, name: LogName, bodies: Mapping[int, tuple[ActorId, bytes]], at: int
) -> int:
    (wanted,) = connection.execute(_STILL_WANTED, {"log": name, "places": json_list(bodies.keys())}).fetchone()
    kept = {place: bodies[place][1] for place in json.loads(wanted)}
    for actor in {bodies[place][0] for place in kept}:
        places = json_list([place for place in kept if bodies[place][0] == actor])
        connection.execute(_HOLD, {"log": name, "places": places, "actor": actor, "at": at})
    insert_bodies(connection, name, kept)
    _count(connection, name, bytes=sum(map(len, kept.values())), wanted=-len(kept), held=len(kept))
    return len(kept)


def _withdraw(
    connection: sqlite3.Connection, moved: dict[str, object], back: dict[str, object], stands: dict[int, bool]
) -> bool:
    if connection.execute(_MOVE_ON, moved).rowcount == 0:
        return False
    hidden = connection.execute(_TAKE_BACK, {**back, "now": "held", "then": "hidden"}).rowcount
    gone = connection.execute(_TAKE_BACK, {**back, "now": "wanted", "then": "gone"}).rowcount
    standing = 0
    for will in (True, False):
        places = json_list([place for place, stand in stands.items() if stand is will])
        changed = connection.execute(_STAND, {"log": back["log"], "stands": int(will), "places": places}).rowcount
        standing += changed if will else -changed
    _count(connection, str(back["log"]), wanted=-gone, held=-hidden, standing=standing)
    return True


def _erase(connection: sqlite3.Connection, these: dict[str, object]) -> int:
    erased, wanted, held, standing = connection.execute(_MEASURE, these).fetchone()
    (freed,) = connection.execute(_FREED, these).fetchone()
    connection.execute(_FORGET, these)
    connection.execute(_ERASE, these)
    _count(connection, str(these["log"]), bytes=-freed, wanted=-wanted, held=-held, standing=-standing)
    return int(erased)


def _purge_leaves(connection: sqlite3.Connection, before: int, limit: int) -> int:
    rows = connection.execute(_HIDDEN, {"before": before, "limit": limit}).fetchall()
    places = [(log, place) for log, place, _ in rows]
    connection.executemany("DELETE FROM kept_bodies WHERE log = ? AND place = ?", places)
    connection.executemany(_GONE, places)
    freed: dict[str, int] = {}
    for log, _, size in rows:
        freed[log] = freed.get(log, 0) + size
    for log, size in freed.items():
        _count(connection, log, bytes=-size)
    return len(rows)


def _count(connection: sqlite3.Connection, log: str, **changes: int) -> None:
    """Add to what a log's leaves are counted as."""
    nothing = {"bytes": 0, "wanted": 0, "held": 0, "standing": 0}
    connection.execute(_COUNT, {"log": log, **nothing, **changes})
