"""The union's record: numbered entries, and how far each reader has read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.errors import HeadMoved, StorageError
from storage.ids import ActivityId, ObjectId
from storage.records import Activity, Entry, PageChange, PlacedEntry
from storage.sqlite.activities import ACTIVITIES
from storage.sqlite.noun import Noun
from storage.sqlite.page_changes import write_changes
from storage.sqlite.table import Table

_ENTRIES: Final = Table("entries", Entry, key=("place",))


class SqliteLog(Noun):
    """`storage.store.Log`."""

    async def append(self, entry: Entry, activity: Activity, *, expecting: int) -> int:
        return await self.database.write(lambda connection: _append(connection, entry, activity, expecting))

    async def size(self) -> int:
        return await self.database.read(_size)

    async def find_entry(self, activity: ActivityId) -> PlacedEntry | None:
        return await self._first_entry("WHERE activity = :activity", activity=activity)

    async def list_entries(self, start: int, limit: int) -> list[PlacedEntry]:
        return await self._entries("WHERE place >= :start ORDER BY place LIMIT :limit", start=start, limit=limit)

    async def find_last_entry(self) -> PlacedEntry | None:
        return await self._first_entry("ORDER BY place DESC LIMIT 1")

    async def list_object_entries(self, object: ObjectId) -> list[PlacedEntry]:
        return await self._entries("WHERE object = :object ORDER BY place", object=object)

    async def get_cursor(self, name: str) -> int:
        return await self.database.read(lambda connection: read_cursor(connection, name))

    async def advance_cursor(self, name: str, *, expecting: int, to: int) -> bool:
        return await self.database.write(lambda connection: _advance(connection, name, expecting, to))

    async def project(self, name: str, *, expecting: int, changes: Sequence[PageChange]) -> bool:
        given = tuple(changes)
        return await self.database.write(lambda connection: _project(connection, name, expecting, given))

    async def _entries(self, rest: str, **parameters: object) -> list[PlacedEntry]:
        return await self.database.read(lambda connection: _select_entries(connection, rest, parameters))

    async def _first_entry(self, rest: str, **parameters: object) -> PlacedEntry | None:
        return next(iter(await self._entries(rest, **parameters)), None)


def _append(connection: sqlite3.Connection, entry: Entry, activity: Activity, expecting: int) -> int:
    _require_same_activity(connection, entry, activity)
    size = _size(connection)
    if size != expecting:
        raise HeadMoved(
            f"The record has {size} entries, not {expecting}: something was published meanwhile. Nothing was "
            "kept. Read the head again and repeat."
        )
    if _select_entries(connection, "WHERE activity = :activity", {"activity": entry.activity}):
        raise HeadMoved(f"{entry.activity} stands in the record already. Nothing was kept. Read the head again.")
    ACTIVITIES.add(connection, activity)
    row = {**_ENTRIES.row(entry), "place": expecting}
    connection.execute(
        "INSERT INTO entries (place, activity, actor, type, object, published_at, commitment)"
        " VALUES (:place, :activity, :actor, :type, :object, :published_at, :commitment)",
        row,
    )
    return expecting + 1


def _require_same_activity(connection: sqlite3.Connection, entry: Entry, activity: Activity) -> None:
    """The bytes kept under the id must be those the entry commits to."""
    if entry.activity != activity.id:
        raise StorageError(
            f"The entry speaks of {entry.activity}, but its bytes are of {activity.id}. Nothing was kept."
        )
    kept = ACTIVITIES.find(connection, "WHERE id = :id", id=activity.id)
    if kept is not None and kept.body != activity.body:
        raise StorageError(
            f"Other bytes are kept under {activity.id} already, and signed bytes never change. Nothing was "
            "kept. Publish again under a new id."
        )


def _size(connection: sqlite3.Connection) -> int:
    (size,) = connection.execute("SELECT coalesce(max(place) + 1, 0) FROM entries").fetchone()
    return int(size)


def _select_entries(connection: sqlite3.Connection, rest: str, parameters: dict[str, object]) -> list[PlacedEntry]:
    statement = f"SELECT place, {_ENTRIES.columns} FROM entries {rest}"  # noqa: S608  our own column names
    rows = connection.execute(statement, parameters).fetchall()
    return [PlacedEntry(index=place, entry=_ENTRIES.record(tuple(row))) for place, *row in rows]


def read_cursor(connection: sqlite3.Connection, name: str) -> int:
    """How many entries the reader has read."""
    row = connection.execute("SELECT place FROM cursors WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def _advance(connection: sqlite3.Connection, name: str, expecting: int, to: int) -> bool:
    if read_cursor(connection, name) != expecting:
        return False
    connection.execute("INSERT OR REPLACE INTO cursors (name, place) VALUES (?, ?)", (name, to))
    return True


def _project(connection: sqlite3.Connection, name: str, expecting: int, changes: tuple[PageChange, ...]) -> bool:
    if not _advance(connection, name, expecting, expecting + 1):
        return False
    write_changes(connection, changes)
    return True
