"""Whatever SQLite or a step does, everybody who waits gets an answer and the store goes on."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from storage.errors import StorageError
from storage.sqlite.connection import connect
from storage.sqlite.database import Database
from storage.sqlite.store import open_database

_COUNT = "SELECT count(*) FROM cursors"


class Faulty:
    """A connection whose statements of some kinds fail while it is told so."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.failing: tuple[str, ...] = ()

    def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
        if self.failing and statement.startswith(self.failing):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_WRITE"
            raise error
        return self._connection.execute(statement, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Faults:
    """A database on faulty connections."""

    def __init__(self, file: Path) -> None:
        open_database(file).stop()
        writer: Any = Faulty(connect(file))
        reader: Any = Faulty(connect(file, query_only=True))
        self.writer, self.reader = writer, reader
        near = connect(file, query_only=True)
        self.database = Database(file, writer, [reader], near)

    async def count(self) -> int:
        """How many cursors are kept."""
        return await self.database.read(lambda connection: int(connection.execute(_COUNT).fetchone()[0]))


@pytest.fixture
async def faults(file: Path) -> AsyncIterator[Faults]:
    made = Faults(file)
    yield made
    made.writer.failing = made.reader.failing = ()
    await asyncio.to_thread(made.database.stop)


def add(name: str) -> Any:
    """A step that adds a cursor."""
    return lambda connection: connection.execute("INSERT INTO cursors VALUES (?, 1)", (name,)).rowcount


def fail(connection: sqlite3.Connection) -> None:
    add("never")(connection)
    raise ValueError("no")


async def answers(*asked: Any) -> list[Any]:
    """What each gets, well before a test would be given up as hanging."""
    async with asyncio.timeout(10):
        return await asyncio.gather(*asked, return_exceptions=True)


async def test_when_a_rollback_fails_everybody_is_told_and_nothing_given_up_is_kept(faults: Faults) -> None:
    faults.writer.failing = ("ROLLBACK",)
    (first,) = await answers(faults.database.write(fail))
    assert isinstance(first, ValueError)
    later = await answers(*[faults.database.write(add(f"later{number}")) for number in range(5)])
    assert [StorageError] * 5 == [type(each) for each in later]
    assert "could not be read or written" in str(later[0])
    faults.writer.failing = ()
    assert await answers(faults.database.write(add("after"))) == [1]
    assert await faults.count() == 1


@pytest.mark.parametrize("failing", [("BEGIN",), ("COMMIT",), ("SAVEPOINT", "BEGIN"), ("COMMIT", "ROLLBACK")])
async def test_whatever_statement_fails_the_writer_goes_on(faults: Faults, failing: tuple[str, ...]) -> None:
    faults.writer.failing = failing
    failed = await answers(*[faults.database.write(add(f"a{number}")) for number in range(20)])
    assert [StorageError] * 20 == [type(each) for each in failed]
    faults.writer.failing = ()
    assert await faults.count() == 0
    assert await answers(*[faults.database.write(add(f"a{number}")) for number in range(20)]) == [1] * 20


async def test_when_a_readers_rollback_fails_it_never_shows_an_old_moment(faults: Faults) -> None:
    faults.reader.failing = ("ROLLBACK",)
    assert await answers(faults.count()) == [0]
    await faults.database.write(add("new"))
    (refused,) = await answers(faults.count())
    assert isinstance(refused, StorageError)
    faults.reader.failing = ()
    assert await answers(faults.count()) == [1]


@pytest.mark.parametrize("problem", [StopIteration(), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
async def test_a_step_that_ends_in_an_unusual_way_is_answered(faults: Faults, problem: BaseException) -> None:
    def end(connection: sqlite3.Connection) -> None:
        add("never")(connection)
        raise problem

    def look(_: sqlite3.Connection) -> None:
        raise problem

    got = await answers(
        faults.database.write(end),
        faults.database.write(add("one")),
        faults.database.write(end),
        faults.database.write(add("two")),
        faults.database.read(look),
    )
    assert [StorageError, int, StorageError, int, StorageError] == [type(each) for each in got]
    assert type(problem).__name__ in str(got[0])
    assert await faults.count() == 2


async def test_a_closed_store_answers_at_once(faults: Faults) -> None:
    await asyncio.to_thread(faults.database.stop)
    (refused,) = await answers(faults.database.write(add("late")))
    assert "is closed" in str(refused)


_FILLER = """
import asyncio, resource, sys
from storage.backends import open_store
from storage.errors import StorageError
from tests.storage.making import an_activity, an_entry

async def main():
    store = await open_store(sys.argv[1])
    size = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, resource.RLIM_INFINITY))
    try:
        while size < 1000:
            size = await store.append(an_entry(size + 1), an_activity(size + 1, body=b"x" * 50_000), expecting=size)
    except StorageError as problem:
        print(size, problem)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert await store.size() == size, await store.size()
    assert await store.append(an_entry(size + 1), an_activity(size + 1), expecting=size) == size + 1
    assert await store.check() == []
    await store.close()

asyncio.run(main())
"""


def test_a_disk_that_takes_no_more_is_one_sentence_and_goes_on_when_there_is_room(file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FILLER, f"sqlite://{file}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    size, sentence = done.stdout.strip().split(" ", 1)
    assert 1 <= int(size) < 100
    assert "Nothing of this step was kept" in sentence
    assert "\n" not in sentence
