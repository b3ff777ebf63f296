"""Records as rows: a table's columns carry the names of its record's fields.

The SQL made here is put together from our own table and field names, never from what came from outside.
"""

# ruff: noqa: S608  see the docstring
from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
LARGEST: Final = 2**63 - 1
"""SQLite's largest integer."""


def ticks(time: datetime) -> int:
    """An aware time as whole microseconds since 1970 UTC."""
    return (time - _START) // _TICK


def time_at(ticks: int) -> datetime:
    """The UTC time of a number of microseconds since 1970."""
    return _START + timedelta(microseconds=ticks)


def json_list(values: Collection[str] | Collection[int]) -> str:
    """Values for SQL's `json_each`."""
    return json.dumps(list(values))


def _strings(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


_TO_ROW: Final[Mapping[object, Callable[[Any], Any]]] = {
    datetime: ticks,
    datetime | None: ticks,
    tuple[str, ...]: json_list,
}
_FROM_ROW: Final[Mapping[object, Callable[[Any], Any]]] = {
    datetime: time_at,
    datetime | None: time_at,
    tuple[str, ...]: _strings,
    bool: bool,
}


class Table(Generic[R]):
    """One table and the record its rows are; `key` is what makes a row one of a kind.

    Fields in `without` live in another table; text fields in `numerals` are decimal and kept as integers, so
    that they sort as numbers.
    """

    def __init__(
        self,
        name: str,
        record: type[R],
        *,
        key: tuple[str, ...],
        without: tuple[str, ...] = (),
        numerals: tuple[str, ...] = (),
    ) -> None:
        self.name: Final = name
        self._record: Final = record
        self._names: Final = tuple(field.name for field in fields(record) if field.name not in without)
        self.columns: Final = ", ".join(f'"{column}"' for column in self._names)
        hints = get_type_hints(record)
        self._to_row: Final = {n: _TO_ROW[hints[n]] for n in self._names if hints[n] in _TO_ROW}
        self._to_row.update(dict.fromkeys(numerals, int))
        self._from_row: Final = {n: _FROM_ROW[hints[n]] for n in self._names if hints[n] in _FROM_ROW}
        self._from_row.update(dict.fromkeys(numerals, str))
        places = ", ".join(f":{column}" for column in self._names)
        changes = ", ".join(f'"{column}" = excluded."{column}"' for column in self._names)
        self._insert: Final = f"INSERT INTO {name} ({self.columns}) VALUES ({places}) ON CONFLICT "
        self._on_key: Final = f"({', '.join(key)}) DO UPDATE SET {changes} "

    def row(self, record: R) -> dict[str, Any]:
        """The record's fields as SQLite keeps them."""
        row = {column: getattr(record, column) for column in self._names}
        for column, to_row in self._to_row.items():
            if row[column] is not None:
                row[column] = to_row(row[column])
        return row

    def record(self, row: tuple[Any, ...], **others: object) -> R:
        """The record of a row of `columns`; `others` are fields that live elsewhere, or replace the row's."""
        values = dict(zip(self._names, row, strict=True))
        for column, from_row in self._from_row.items():
            if values[column] is not None:
                values[column] = from_row(values[column])
        values.update(others)
        return self._record(**values)

    def add(self, connection: sqlite3.Connection, record: R) -> bool:
        """Insert; False (and no change) when a row stands in the way."""
        return connection.execute(f"{self._insert} DO NOTHING", self.row(record)).rowcount == 1

    def save(self, connection: sqlite3.Connection, record: R) -> bool:
        """Insert, or replace the row of the same key; False when nothing was written."""
        return connection.execute(f"{self._insert}{self._on_key}", self.row(record)).rowcount == 1

    def select(self, connection: sqlite3.Connection, rest: str, **parameters: object) -> list[R]:
        """The records of `SELECT … FROM table <rest>`."""
        rows = connection.execute(f"SELECT {self.columns} FROM {self.name} {rest}", parameters)
        return [self.record(row) for row in rows.fetchall()]

    def find(self, connection: sqlite3.Connection, rest: str, **parameters: object) -> R | None:
        """The first record of `select`, or None."""
        return next(iter(self.select(connection, f"{rest} LIMIT 1", **parameters)), None)
