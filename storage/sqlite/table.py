"""Records as rows of SQLite's tables.

The SQL made here is put together from our own table and field names, never from what came from outside.
"""

# ruff: noqa: S608  see the docstring
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from storage.rows import Rows

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

_AT_ONCE: Final = 64
"""Rows of one statement."""


def insert_rows(connection: sqlite3.Connection, insert: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """`INSERT … VALUES` with many rows to a statement: after each the writer has to wait for a busy interpreter."""
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        places = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
        connection.execute(f"{insert}{places}", [value for row in some for value in row])


class Table(Rows[R]):
    """One table and the record its rows are; `key` is what makes a row one of a kind, the rest is as in `Rows`."""

    def __init__(
        self,
        name: str,
        record: type[R],
        *,
        key: tuple[str, ...],
        without: tuple[str, ...] = (),
        numerals: tuple[str, ...] = (),
    ) -> None:
        super().__init__(record, without=without, numerals=numerals)
        self.name: Final = name
        self.columns: Final = ", ".join(f'"{column}"' for column in self.names)
        places = ", ".join(f":{column}" for column in self.names)
        changes = ", ".join(f'"{column}" = excluded."{column}"' for column in self.names)
        self._insert: Final = f"INSERT INTO {name} ({self.columns}) VALUES ({places}) ON CONFLICT "
        self._on_key: Final = f"({', '.join(key)}) DO UPDATE SET {changes} "

    def record(self, row: tuple[Any, ...], **others: object) -> R:
        """The record of a row of `columns`; `others` are fields that live elsewhere, or replace the row's."""
        return self.record_of_values(row, **others)

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
