"""What was removed is in no file of the store: who unfollowed is nowhere to be found, not even on a stolen disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.backends import open_store
from storage.ids import ActorId
from storage.sqlite.store import SqliteStore
from storage.store import Store
from tests.storage.conftest import pragma
from tests.storage.making import OURS, a_follower

_COUNT = 400
"""Enough for pages to be split and joined again."""


def raw(file: Path) -> dict[str, int]:
    """How often the planted name stands in each file of the store."""
    return {one.name: one.read_bytes().count(b"planted") for one in file.parent.iterdir()}


async def come_and_go(store: Store) -> None:
    names = [ActorId(f"https://there.example/planted-{'x' * (number % 40)}{number}") for number in range(_COUNT)]
    for name in names:
        await store.save_follower(a_follower(name))
    for name in names:
        await store.remove_follower(name, OURS)


async def test_nothing_of_who_unfollowed_is_in_any_file(sqlite: SqliteStore, file: Path) -> None:
    await come_and_go(sqlite)
    assert raw(file)["picketline.db-wal"] > _COUNT, "the log beside the file has it until it is folded"
    assert await sqlite.erase_removed()
    assert dict.fromkeys(raw(file), 0) == raw(file)


async def test_it_is_said_at_each_connection_whatever_sqlite_does_by_itself(sqlite: SqliteStore) -> None:
    assert await sqlite.database.write(pragma("secure_delete")) == 1


async def test_while_somebody_reads_it_waits_for_the_next_time(
    sqlite: SqliteStore, file: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("storage.sqlite.connection._FOLDING_MS", 1)
    await come_and_go(sqlite)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM followers").fetchone()
        await sqlite.save_follower(a_follower())
        assert not await sqlite.erase_removed()
    assert await sqlite.erase_removed()
    assert (await sqlite.count_followers(OURS), raw(file)["picketline.db-wal"]) == (1, 0)


async def test_nothing_else_is_lost_on_any_engine(store: Store, url: str) -> None:
    await store.save_follower(a_follower())
    assert await store.erase_removed()
    assert await store.count_followers(OURS) == 1
    if not store.is_shared:
        await store.close()
        store = await open_store(url)
        assert await store.count_followers(OURS) == 1
        await store.close()
