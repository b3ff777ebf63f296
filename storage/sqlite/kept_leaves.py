"""The leaves of kept logs. The bodies of their activities are rows apart, read only where they are asked for.

The SQL made here is put together from our own column names, never from what came from outside.
"""

# ruff: noqa: S608  see the docstring
from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from storage.ids import ActorId, Did, LogName, ObjectId
from storage.records import LEAF_STATES, Leaf, LeafState, Taking
from storage.rows import LARGEST, json_list, ticks
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table, insert_rows

_LEAVES: Final = Table("kept_leaves", Leaf, key=("log", "place"), without=("body",))
_ALONE: Final = f"SELECT {_LEAVES.columns}, NULL FROM kept_leaves"
_WITH_BODY: Final = f"SELECT {_LEAVES.columns}, body FROM kept_leaves LEFT JOIN kept_bodies USING (log, place)"
_INSERT: Final = f"INSERT INTO kept_leaves (log, {_LEAVES.columns}) VALUES "
_INSERT_BODY: Final = "INSERT INTO kept_bodies (log, place, size, body) VALUES "
_FROM: Final = "WHERE log = :log AND place >= :start ORDER BY place LIMIT :limit"
_OF_DIGEST: Final = "WHERE log = :log AND digest = :digest ORDER BY place LIMIT 1"
_OF_OBJECTS: Final = """
    WHERE log = :log AND object IN (SELECT value FROM json_each(:objects))
      AND state IN (SELECT value FROM json_each(:states))
"""
_NEWEST_TAKINGS: Final = """
    SELECT value, newest FROM (
      SELECT these.value AS value, (
        SELECT max(place) FROM kept_leaves
        WHERE log = :log AND object = these.value AND type = :taking AND type IN ('Update', 'Delete') AND place < :below
      ) AS newest FROM json_each(:objects) AS these)
    WHERE newest IS NOT NULL
"""
_TAKEABLE: Final = f"""
    SELECT {_LEAVES.columns}, NULL FROM these CROSS JOIN those CROSS JOIN kept_leaves
    WHERE log = :log AND object = about AND state = now AND place < below AND """
_THESE: Final = """
    WITH these AS (SELECT key AS about, value AS below FROM json_each(:below)),
      those AS (SELECT value AS now FROM json_each(:states))
"""
_TAKEN_BY: Final[Mapping[Taking, tuple[str, ...]]] = {
    "Update": ("type IN ('Create', 'Update')",),
    "Delete": ("type < 'Delete'", "type > 'Delete'"),
}
"""Ranges of an index, each of which is asked for apart."""
_STANDING_VERSIONS: Final = """
    INDEXED BY kept_leaves_standing_of_object
    WHERE log = :log AND object IN (SELECT value FROM json_each(:objects)) AND is_standing = 1
"""
_HIDDEN_OBJECTS: Final = """
    SELECT DISTINCT object FROM kept_leaves WHERE log = ? AND state = 'hidden' AND changed_at > ? LIMIT ?
"""
_STANDING: Final = """
    WHERE log = :log AND is_standing = 1 AND state = 'held' AND place < :below {of_actor}
    ORDER BY place DESC LIMIT :limit
"""
_STANDING_OF: Final = "WHERE log = :log AND object = :object AND is_standing = 1 ORDER BY place DESC LIMIT 1"
_PROFILES: Final = """
    WHERE log = :log AND place IN (
      SELECT max(place) FROM kept_leaves
      WHERE log = :log AND object = actor AND state = 'held' AND type IN ('Create', 'Update') GROUP BY actor)
"""
_WANTED: Final = "WHERE log = :log AND state = 'wanted' AND place > :after ORDER BY place LIMIT :limit"
_NEW: Final = "FROM kept_logs CROSS JOIN kept_leaves ON log = name WHERE did = :did AND kept_at >= :since"
_COUNT_NEW: Final = f"SELECT count(*) {_NEW}"
_COUNT_NEW_ONCE: Final = f"SELECT count(*) FROM (SELECT DISTINCT place, digest {_NEW})"
_IN_ONE_LOG: Final = "SELECT count(*) < 2 FROM kept_logs WHERE did = :did"


class SqliteKeptLeaves(Noun):
    """What `storage.store.KeptLogs` reads of leaves."""

    async def list_leaves(self, name: LogName, start: int, limit: int, *, with_bodies: bool = True) -> list[Leaf]:
        select = _WITH_BODY if with_bodies else _ALONE
        return await self._leaves(select, _FROM, log=name, start=start, limit=limit)

    async def find_leaf(self, name: LogName, digest: str) -> Leaf | None:
        return next(iter(await self._leaves(_WITH_BODY, _OF_DIGEST, log=name, digest=digest)), None)

    async def list_object_leaves(
        self, name: LogName, objects: Collection[ObjectId], *, states: Collection[LeafState] = LEAF_STATES
    ) -> list[Leaf]:
        about = {"objects": json_list(set(objects)), "states": json_list(states)}
        found = await self._leaves(_ALONE, _OF_OBJECTS, log=name, **about)
        return sorted(found, key=_place)

    async def find_newest_takings(
        self, name: LogName, objects: Collection[ObjectId], taking: Taking, *, below: int
    ) -> dict[ObjectId, int]:
        these = {"log": name, "objects": json_list(set(objects)), "taking": taking, "below": below}
        rows = await self.database.read(lambda connection: connection.execute(_NEWEST_TAKINGS, these).fetchall())
        return {ObjectId(object): int(place) for object, place in rows}

    async def list_takeable(
        self,
        name: LogName,
        below: Mapping[ObjectId, int],
        taking: Taking,
        *,
        states: Collection[LeafState],
        limit: int,
    ) -> list[Leaf]:
        about = {"log": name, "below": json.dumps(dict(below)), "states": json_list(states), "limit": limit}
        statement = _THESE + " UNION ALL ".join(_TAKEABLE + types for types in _TAKEN_BY[taking]) + " LIMIT :limit"
        return sorted(await self._select(statement, about), key=_place)

    async def list_standing_versions(self, name: LogName, objects: Collection[ObjectId]) -> list[Leaf]:
        found = await self._leaves(_ALONE, _STANDING_VERSIONS, log=name, objects=json_list(set(objects)))
        return sorted(found, key=_place)

    async def list_hidden_objects(self, name: LogName, *, since: datetime, limit: int) -> list[ObjectId]:
        bounds = (name, ticks(since), limit)
        rows = await self.database.read(lambda connection: connection.execute(_HIDDEN_OBJECTS, bounds).fetchall())
        return [ObjectId(object) for (object,) in rows]

    async def list_standing(
        self, name: LogName, actor: ActorId | None, *, before: int | None, limit: int, with_bodies: bool = True
    ) -> list[Leaf]:
        rest = _STANDING.format(of_actor="" if actor is None else "AND actor = :actor")
        below = LARGEST if before is None else min(before, LARGEST)
        select = _WITH_BODY if with_bodies else _ALONE
        return await self._leaves(select, rest, log=name, actor=actor, below=below, limit=limit)

    async def find_standing(self, name: LogName, object: ObjectId) -> Leaf | None:
        return next(iter(await self._leaves(_WITH_BODY, _STANDING_OF, log=name, object=object)), None)

    async def list_profiles(self, name: LogName) -> list[Leaf]:
        return sorted(await self._leaves(_WITH_BODY, _PROFILES, log=name), key=_place)

    async def list_wanted(self, name: LogName, *, after: int, limit: int) -> list[Leaf]:
        return await self._leaves(_ALONE, _WANTED, log=name, after=after, limit=limit)

    async def count_leaves_since(self, did: Did, since: datetime) -> int:
        bounds = {"did": did, "since": ticks(since)}
        (is_in_one,) = await self.database.read(lambda connection: connection.execute(_IN_ONE_LOG, bounds).fetchone())
        count = _COUNT_NEW if is_in_one else _COUNT_NEW_ONCE
        found = await self.database.read(lambda connection: connection.execute(count, bounds).fetchone())
        return int(found[0])

    async def _leaves(self, select: str, rest: str, **bounds: object) -> list[Leaf]:
        return await self._select(f"{select} {rest}", bounds)

    async def _select(self, statement: str, bounds: Mapping[str, object]) -> list[Leaf]:
        """Rows become records in the thread that reads them: there may be very many, and the loop goes on meanwhile."""
        return await self.database.read(
            lambda connection: [_LEAVES.record(row[:-1], body=row[-1]) for row in connection.execute(statement, bounds)]
        )


def _place(leaf: Leaf) -> int:
    return leaf.place


def insert_leaves(connection: sqlite3.Connection, name: LogName, leaves: Sequence[Leaf]) -> None:
    """New leaves with the bodies they have."""
    insert_rows(connection, _INSERT, [(name, *_LEAVES.row(leaf).values()) for leaf in leaves])
    insert_bodies(connection, name, {leaf.place: leaf.body for leaf in leaves if leaf.body is not None})


def insert_bodies(connection: sqlite3.Connection, name: LogName, bodies: Mapping[int, bytes]) -> None:
    """Bodies by place, where none stand yet."""
    insert_rows(connection, _INSERT_BODY, [(name, place, len(body), body) for place, body in bodies.items()])
