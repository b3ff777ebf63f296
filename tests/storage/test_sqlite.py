"""The SQLite engine at its door: what is set, what is refused, how an older file is brought forward."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.errors import StorageError, StoreBusy, StoreDamaged, StoreTooNew
from storage.sqlite.connection import require_sqlite
from storage.sqlite.migrate import Step, list_steps
from storage.sqlite.store import SqliteStore, open_database
from tests.storage.conftest import pragma
from tests.storage.making import a_union, an_actor


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("journal_size_limit", 67108864),
    ],
)
async def test_every_connection_is_set_as_the_log_needs_it(sqlite: SqliteStore, name: str, value: object) -> None:
    assert value == await sqlite.database.write(pragma(name))
    assert value == await sqlite.database.read(pragma(name))


async def test_only_the_owner_may_read_the_file_and_its_copies(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.add_actor(an_actor())
    await sqlite.back_up(str(tmp_path / "copy"))
    for name in ("picketline.db", "picketline.db-wal", "copy"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name


async def test_a_second_process_is_refused_until_the_first_lets_go(sqlite: SqliteStore, file: Path) -> None:
    with pytest.raises(StoreBusy, match="Another process is using this store"):
        await open_store(f"sqlite://{file}")
    await sqlite.close()
    again = await open_store(f"sqlite:///{file}")
    await again.close()


async def test_a_store_that_could_not_be_opened_is_not_left_locked(file: Path) -> None:
    write(file, b"this is no database" * 100)
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            await open_store(f"sqlite://{file}")


async def test_a_closed_store_is_one_file(sqlite: SqliteStore, file: Path) -> None:
    await sqlite.add_actor(an_actor())
    await sqlite.close()
    assert sorted(path.name for path in file.parent.iterdir() if path.suffix != ".lock") == [file.name]


async def test_a_missing_folder_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="its folder does not exist"):
        await open_store(f"sqlite://{tmp_path}/none/picketline.db")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "url", ["postgres://union:hunter2@db.example/union", "sqlite://union:hunter2@db.example", "sqlite:///", "hunter2"]
)
async def test_an_address_that_cannot_be_opened_is_never_repeated(url: str) -> None:
    with pytest.raises(StorageError, match="kept in SQLite or in MongoDB") as refused:
        await open_store(url)
    assert "hunter2" not in str(refused.value)


async def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder itself"):
        await open_store(f"sqlite://{tmp_path}")


async def test_the_database_of_another_program_is_refused_and_untouched(file: Path) -> None:
    with closing(sqlite3.connect(file)) as foreign:
        foreign.execute("CREATE TABLE bookmarks (url TEXT)")
        foreign.commit()
    before = read(file)
    with pytest.raises(StoreDamaged, match="another program"):
        await open_store(f"sqlite://{file}")
    assert read(file) == before


async def test_the_store_of_a_newer_release_is_refused_and_untouched(sqlite: SqliteStore, file: Path) -> None:
    await sqlite.close()
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 9999")
    before = read(file)
    with pytest.raises(StoreTooNew, match="newer release"):
        await open_store(f"sqlite://{file}")
    assert read(file) == before


async def test_an_older_store_is_copied_then_brought_forward(sqlite: SqliteStore, file: Path) -> None:
    await sqlite.add_union(a_union())
    await sqlite.close()
    newest = list_steps()[-1].number
    step = Step(number=newest + 1, sql="CREATE TABLE added (x INTEGER) STRICT;")
    database = await asyncio.to_thread(open_database, file, (*list_steps(), step))
    assert newest + 1 == await database.read(pragma("user_version"))
    assert await database.read(lambda c: c.execute("SELECT count(*) FROM added").fetchone()[0]) == 0
    await asyncio.to_thread(database.stop)
    copy = await open_store(f"sqlite://{file}.before-{newest + 1:04}")
    assert a_union() == await copy.find_union()
    await copy.close()


async def test_a_step_that_fails_leaves_the_store_as_it_was(sqlite: SqliteStore, file: Path) -> None:
    await sqlite.add_union(a_union())
    await sqlite.close()
    broken = Step(number=99, sql="CREATE TABLE half (x INTEGER) STRICT; SELECT x FROM nowhere;")
    with pytest.raises(StorageError, match="no such table"):
        await asyncio.to_thread(open_database, file, (*list_steps(), broken))
    again = await open_store(f"sqlite://{file}")
    assert a_union() == await again.find_union()
    await again.close()


def test_each_step_has_a_number_of_its_own_and_they_rise() -> None:
    numbers = [step.number for step in list_steps()]
    assert (1, sorted(set(numbers))) == (numbers[0], numbers)


def test_an_old_sqlite_is_refused() -> None:
    require_sqlite((3, 40, 0))
    with pytest.raises(StorageError, match=r"SQLite is 3\.39\.4"):
        require_sqlite((3, 39, 4))
