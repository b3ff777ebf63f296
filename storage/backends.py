"""Which engine keeps the store: the only place that names them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from filelock import FileLock, Timeout

from storage.addresses import is_mongo
from storage.blobs import Blobs, DiskBlobs
from storage.errors import StorageError, StoreBusy, StoreMissing
from storage.sqlite.store import SqliteStore, open_database
from storage.store import Store

_SQLITE: Final = "sqlite:///"


def blobs_of(store: Store, url: str, folder: Path) -> Blobs:
    """Where the media of an open store are kept: in the same database on MongoDB, else in this folder."""
    if not is_mongo(url):
        return DiskBlobs(folder)
    from storage.mongo.blobs import MongoBlobs

    shared: Any = store
    return MongoBlobs(shared.database)


@asynccontextmanager
async def open_blobs(url: str, folder: Path) -> AsyncIterator[Blobs]:
    """The same for whoever has no open store; a node that runs beside it is no hindrance."""
    if not is_mongo(url):
        yield DiskBlobs(folder)
        return
    store = await open_store(url, create=False)
    try:
        yield blobs_of(store, url, folder)
    finally:
        await store.close()


class Claim(Protocol):
    """A place for a store that is being made."""

    async def take_back(self) -> None:
        """Nothing came of it: what was made there goes."""


async def claim_database(url: str) -> Claim:
    """Take an empty MongoDB database for a new store; one that is not empty is a `StorageError` and stays as it is."""
    from storage.mongo.claiming import claim_database as claim

    return await claim(url)


async def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store at `sqlite:///ABSOLUTE/path/file.db` or `mongodb://HOST/DATABASE`.

    One that is missing is made, or with `create` false `StoreMissing`. One process at a time has a file; the path is
    taken as it is written, without percent-encoding. Any number of processes share a database; motor is imported only
    for one. `StoreBusy` when another process has the file, `StoreAway`, `StoreTooNew`, `StoreDamaged`, and
    `StorageError` for a URL, a folder or a server that cannot be used; no sentence repeats the URL, which may hold a
    password.
    """
    if is_mongo(url):
        from storage.mongo.opening import open_mongo

        return await open_mongo(url, create=create)
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE).strip("/"):
        raise StorageError(
            "A store is kept in SQLite or in MongoDB, and the address given is neither. Write `sqlite:///` and the "
            "absolute path of a file, for example sqlite:////srv/union/picketline.db, or mongodb://HOST/DATABASE."
        )
    path = Path("/" + url.removeprefix(_SQLITE).lstrip("/"))
    return await asyncio.to_thread(_open_sqlite, path, create=create)


def _open_sqlite(path: Path, *, create: bool) -> SqliteStore:
    if not create and not path.exists():
        raise StoreMissing(f"The database {path} is missing.")
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
