"""A consistent copy of an open store, by SQLite's own backup and never by copying the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.errors import StorageError
from storage.sqlite.connection import connect, create_file
from storage.sqlite.faults import storage_error


def copy_to(source: sqlite3.Connection, path: Path) -> None:
    """Write what `source` sees to a new file; `StorageError` where a file stands already."""
    _claim_name(path)
    try:
        with closing(connect(path)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise storage_error(error, path) from error
        raise


def _claim_name(path: Path) -> None:
    try:
        create_file(path, replace=False)
    except FileExistsError as error:
        raise StorageError(
            f"{path} exists already, and a copy never replaces a file. Choose another name, or move it away."
        ) from error
    except OSError as error:
        raise StorageError(f"{path} could not be made: {error.strerror}. Choose a folder you may write to.") from error
