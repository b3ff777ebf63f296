"""What a copy is made of: no table and no column of either engine is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from storage.copied import NOT_COPIED, TABLES
from storage.mongo.indexes import INDEXES
from storage.sqlite.migrate import list_steps


@pytest.fixture
def tables() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for step in list_steps():
            connection.executescript(step.sql)
        yield connection


def names(tables: sqlite3.Connection) -> set[str]:
    return {name for (name,) in tables.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_every_table_of_sqlite_is_copied_or_said_why_not(tables: sqlite3.Connection) -> None:
    assert (set(), set()) == (names(tables) - {*TABLES, *NOT_COPIED}, TABLES.keys() - names(tables))


def test_every_collection_of_mongodb_is_copied_or_said_why_not() -> None:
    assert set() == INDEXES.keys() - {*TABLES, *NOT_COPIED}


def test_no_table_is_both_copied_and_left_out() -> None:
    assert set() == TABLES.keys() & NOT_COPIED.keys()


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_copied(tables: sqlite3.Connection, table: str) -> None:
    """Except the place of what was received, which only breaks ties; pictures are rows of their own there."""
    columns = {row[1] for row in tables.execute(f"PRAGMA table_info({table})")}
    expected = columns - {"place"} if table == "received" else columns
    assert expected == set(TABLES[table].columns) - {"pictures"}


@pytest.mark.parametrize("table", TABLES)
def test_what_is_called_a_key_is_one(tables: sqlite3.Connection, table: str) -> None:
    unique = [
        [column[2] for column in tables.execute(f"PRAGMA index_info({index[1]})")]
        for index in tables.execute(f"PRAGMA index_list({table})")
        if index[2]
    ]
    primary = [row[1] for row in tables.execute(f"PRAGMA table_info({table})") if row[5]]
    assert list(TABLES[table].key) in [primary, *unique]
