"""Which engine keeps the store: the only place that names them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from storage.errors import StorageError, StoreBusy
from storage.sqlite.store import SqliteStore, open_database
from storage.store import Store

_SQLITE: Final = "sqlite:///"
_MONGO: Final = ("mongodb://", "mongodb+srv://")


async def open_store(url: str) -> Store:
    """Open the store at `sqlite:///ABSOLUTE/path/file.db` or `mongodb://HOST/DATABASE`, created if missing.

    One process at a time has a file; the path is taken as it is written, without percent-encoding. Any number of
    processes share a database; motor is imported only for one. `StoreBusy` when another process has the file,
    `StoreAway`, `StoreTooNew`, `StoreDamaged`, and `StorageError` for a URL, a folder or a server that cannot be used;
    no sentence repeats the URL, which may hold a password.
    """
    if url.startswith(_MONGO):
        from storage.mongo.opening import open_mongo

        return await open_mongo(url)  # type: ignore[return-value]  # nouns of people and queues follow
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE).strip("/"):
        raise StorageError(
            "A store is kept in SQLite or in MongoDB, and the address given is neither. Write `sqlite:///` and the "
            "absolute path of a file, for example sqlite:////srv/union/picketline.db, or mongodb://HOST/DATABASE."
        )
    path = Path("/" + url.removeprefix(_SQLITE).lstrip("/"))
    return await asyncio.to_thread(_open_sqlite, path)


def _open_sqlite(path: Path) -> SqliteStore:
    if path.is_dir() or not path.parent.is_dir():
        raise StorageError(
            f"The store {path} cannot be made: it is a folder itself, or its folder does not exist. "
            "Make the folder, or correct the `store` setting."
        )
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0, mode=0o600, thread_local=False)
    _take(lock, path)
    try:
        return SqliteStore(open_database(path), lock.release)
    except BaseException as error:
        lock.release()
        if isinstance(error, OSError):
            raise _not_allowed(path, error) from error
        raise


def _take(lock: FileLock, path: Path) -> None:
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreBusy(
            f"Another process is using this store ({path}): a running node, or another command. "
            "Stop it, or wait until it is done, then try again."
        ) from error
    except OSError as error:
        raise _not_allowed(path, error) from error


def _not_allowed(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The store {path} cannot be opened: {error.strerror}. Look at who owns the file and its folder, "
        "and run the command as that user."
    )
