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


async def open_store(url: str) -> Store:
    """Open the store at `sqlite:///ABSOLUTE/path/file.db`, created if missing; one process at a time.

    The path is taken as it is written, without percent-encoding. `StoreBusy` when another process has it,
    `StoreTooNew`, `StoreDamaged`, and `StorageError` for a URL or a folder that cannot be used; no sentence repeats the
    URL, which may hold a password.
    """
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE).strip("/"):
        raise StorageError(
            "This release keeps its store in SQLite, and the address given is not one of a file. Write `sqlite:///` "
            "and the absolute path of the file, for example sqlite:////srv/union/picketline.db."
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
