"""Connections to the file: what SQLite must keep is said at every open."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from storage.errors import StorageError

_OLDEST: Final = (3, 40, 0)
_FOLDING_MS: Final = 500
_PRAGMAS: Final = (
    "busy_timeout = 5000",
    "synchronous = FULL",  # a signed activity that was sent but lost from the log would fork it
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "journal_size_limit = 67108864",
    "cache_size = -32768",  # KiB at most: the queue's indexes stay in memory while 10^5 deliveries wait
    "wal_autocheckpoint = 4000",  # pages; a page changed often is then copied back seldom
    "secure_delete = ON",  # who unfollowed stands in no free page; Debian's SQLite does so by itself, others do not
    "temp_store = MEMORY",  # no followers in temporary files
)


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """A connection with explicit transactions; `sqlite3.Error` when the file is no database."""
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def use_write_ahead_log(connection: sqlite3.Connection, path: Path) -> None:
    """Let readers read while the writer writes; `StorageError` where the disk cannot do that."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            f"The disk that holds {path} cannot keep SQLite's write-ahead log. Network disks often cannot. "
            "Put the store on a local disk of this machine."
        )


def fold_write_ahead_log(path: Path) -> bool:
    """Empty the log beside the file, which holds older pages of it; False while somebody reads them."""
    with closing(connect(path)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {_FOLDING_MS}")  # writers wait meanwhile
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def create_file(path: Path, *, replace: bool = True) -> None:
    """Make an empty file that only its owner may read; `FileExistsError` where one stands and may not."""
    flags = os.O_WRONLY | os.O_CREAT | (0 if replace else os.O_EXCL)
    os.close(os.open(path, flags, 0o600))


def require_sqlite(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> None:
    """`StorageError` when this machine's SQLite is older than the one the tables are written for."""
    if version < _OLDEST:
        found, wanted = (".".join(map(str, parts)) for parts in (version, _OLDEST))
        raise StorageError(
            f"This machine's SQLite is {found}; the store needs {wanted} or newer. "
            "Use a Python that comes with a newer SQLite."
        )
