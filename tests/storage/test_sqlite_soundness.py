"""The SQLite engine in trouble: copies, what `check` finds, and the sentences people get."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.errors import StorageError, StoreBusy, StoreDamaged, StoreFull
from storage.rows import ticks, time_at
from storage.sqlite.faults import storage_error
from storage.sqlite.store import SqliteStore
from tests.storage.keeping import a_held, keep
from tests.storage.making import NOON, a_delivery, an_activity, an_actor, an_entry


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def test_a_copy_never_replaces_a_file(sqlite: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(StorageError, match="exists already"):
        await sqlite.back_up(str(target))
    assert target.read_text() == "precious"


async def test_a_copy_into_a_missing_folder_is_refused(sqlite: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be made"):
        await sqlite.back_up(str(tmp_path / "none" / "copy.db"))


async def test_a_copy_is_one_file(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.add_actor(an_actor())
    folder = tmp_path / "copies"
    folder.mkdir()
    await sqlite.back_up(str(folder / "copy.db"))
    assert [path.name for path in folder.iterdir()] == ["copy.db"]


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("DELETE FROM entries WHERE place = 0", "The record has gaps: 1"),
        ("DELETE FROM activities WHERE id LIKE '%/1'", "1 entries of the record have lost the bytes"),
        ("UPDATE delivery_heads SET due_at = 5", "wrong next delivery for 1 hosts"),
        ("UPDATE deliveries SET in_turn = 0", "1 waiting deliveries are held back"),
        ("DELETE FROM delivery_heads", "wrong next delivery for 1 hosts"),
        ("DELETE FROM kept_leaves WHERE place = 1", "should have 3 leaves without a gap, but has 2 and ends at 3"),
        ("DELETE FROM kept_leaves WHERE place = 2", "should have 3 leaves without a gap, but has 2 and ends at 2"),
        ("DELETE FROM kept_tiles", "are not those of 3 leaves"),
        ("UPDATE kept_tiles SET hashes = substr(hashes, 2)", "are not those of 3 leaves"),
        ("DELETE FROM kept_bodies", "3 leaves of the kept log did:key:z6MkPeer/1 lack their bytes"),
        ("UPDATE kept_leaves SET state = 'gone' WHERE place = 1", "1 leaves of the kept log"),
        ("UPDATE kept_logs SET held = 2", "is counted wrong"),
    ],
)
async def test_check_says_what_is_wrong_between_the_tables(sqlite: SqliteStore, harm: str, sentence: str) -> None:
    for number in (1, 2):
        await sqlite.append(an_entry(number), an_activity(number), expecting=number - 1)
    await sqlite.add_deliveries([a_delivery()], now=NOON)
    await keep(sqlite, [a_held(place) for place in range(3)])
    await sqlite.close()
    with closing(sqlite3.connect(sqlite.database.path)) as other:
        other.execute(harm)
        other.commit()
    again = await open_store(f"sqlite://{sqlite.database.path}")
    assert sentence in " ".join(await again.check())
    await again.close()


async def test_check_finds_damaged_pages(sqlite: SqliteStore, file: Path) -> None:
    for number in range(1, 200):
        await sqlite.append(an_entry(number), an_activity(number, body=b"x" * 500), expecting=number - 1)
    await sqlite.close()
    raw = bytearray(read(file))
    at = raw.rindex(b"x" * 500) & ~4095
    raw[at : at + 200] = b"\xaa" * 200
    write(file, bytes(raw))
    damaged = await open_store(f"sqlite://{file}")
    assert await damaged.check() != []
    await damaged.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_FULL", StoreFull),
        ("SQLITE_CORRUPT_INDEX", StoreDamaged),
        ("SQLITE_NOTADB", StoreDamaged),
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
        ("SQLITE_IOERR_WRITE", StorageError),
        ("SQLITE_CANTOPEN", StorageError),
        ("SQLITE_CONSTRAINT_CHECK", StorageError),
    ],
)
def test_every_fault_is_a_sentence_about_this_store(name: str, kind: type[StorageError], file: Path) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    fault = storage_error(error, file)
    assert (kind, error) == (type(fault), fault.__cause__)
    assert str(file) in str(fault)


def test_no_sentence_names_a_command_that_is_not_there(file: Path) -> None:
    error = sqlite3.DatabaseError("x")
    error.sqlite_errorname = "SQLITE_CORRUPT"
    assert "put a backup of the home folder back" in str(storage_error(error, file))
    assert "picketline restore" not in str(storage_error(error, file))


def test_a_failed_write_on_a_disk_without_room_counts_as_full(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 0}))
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    assert isinstance(storage_error(error, file), StoreFull)


def test_times_keep_their_microseconds() -> None:
    assert time_at(ticks(NOON)) == NOON
    with pytest.raises(TypeError):
        ticks(NOON.replace(tzinfo=None))
