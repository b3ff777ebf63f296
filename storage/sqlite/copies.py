"""Whole tables by pages, for copies from one engine to another.

The SQL made here is put together from our own table and column names, never from what came from outside.
"""

# ruff: noqa: S608  see the docstring
from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from storage.copied import TABLES, Row
from storage.ids import Host
from storage.rows import picture_rows, pictures_of
from storage.sqlite.delivery_turns import renew_heads
from storage.sqlite.noun import Noun
from storage.sqlite.posts import POSTS, select_posts, write_post

_CLEAR: Final = {"activities": "DELETE FROM activities WHERE id NOT IN (SELECT activity FROM entries)"}
"""What the record names stays: its bytes never change."""


class SqliteCopies(Noun):
    """`storage.store.Copyable`."""

    async def list_rows(self, table: str, *, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        return await self.database.read(lambda connection: _list_rows(connection, table, after, limit))

    async def put_rows(self, table: str, rows: Sequence[Row]) -> None:
        await self.database.write(lambda connection: _put_rows(connection, table, rows))

    async def clear_rows(self, table: str) -> None:
        await self.database.write(
            lambda connection: connection.execute(_CLEAR.get(table, f"DELETE FROM {table}")).rowcount
        )

    async def settle_rows(self) -> None:
        await self.database.write(_settle)

    async def list_copy_marks(self) -> dict[str, str]:
        statement = "SELECT name, value FROM copying"
        return await self.database.read(lambda connection: dict(connection.execute(statement).fetchall()))

    async def save_copy_mark(self, name: str, value: str) -> None:
        await self._change("INSERT OR REPLACE INTO copying (name, value) VALUES (?, ?)", name, value)

    async def remove_copy_marks(self) -> None:
        await self._change("DELETE FROM copying")


def _list_rows(
    connection: sqlite3.Connection, table: str, after: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """By the key, whose index every table has."""
    shape, bounds = TABLES[table], json.loads(after or "null") or []
    key = ", ".join(f'"{column}"' for column in shape.key)
    above = f"WHERE ({key}) > ({', '.join('?' * len(bounds))})" if bounds else ""
    columns = [column for column in shape.columns if column != "pictures"]
    names = ", ".join(f'"{column}"' for column in columns)
    found = connection.execute(f"SELECT {names} FROM {table} {above} ORDER BY {key} LIMIT ?", (*bounds, limit))
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    if table == "posts":
        _add_pictures(connection, rows)
    last = None if len(rows) < limit else json.dumps([rows[-1][column] for column in shape.key])
    return list(rows), last


def _add_pictures(connection: sqlite3.Connection, rows: Sequence[dict[str, Any]]) -> None:
    ids = json.dumps([row["id"] for row in rows])
    posts = select_posts(connection, "WHERE id IN (SELECT value FROM json_each(:ids))", ids=ids)
    pictures = {post.id: picture_rows(post.pictures) for post in posts}
    for row in rows:
        row["pictures"] = pictures[row["id"]]


def _put_rows(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """A row that stands in the way by another unique column is an older state of the source, and goes."""
    if table == "posts":
        for row in rows:
            write_post(connection, POSTS.record_of(row, pictures=pictures_of(row["pictures"])))
        return
    columns = TABLES[table].columns
    names, places = ", ".join(f'"{column}"' for column in columns), ", ".join(f":{column}" for column in columns)
    connection.executemany(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})", [dict(row) for row in rows])


def _settle(connection: sqlite3.Connection) -> None:
    """Serials go on above the highest by themselves (AUTOINCREMENT)."""
    connection.execute("DELETE FROM delivery_heads")
    hosts = connection.execute("SELECT DISTINCT host FROM deliveries WHERE state = 'waiting'").fetchall()
    renew_heads(connection, [Host(host) for (host,) in hosts])
