"""SQLite's errors as ours: what is wrong, what it means, what to do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Final

from storage.errors import StorageError, StoreBusy, StoreDamaged, StoreFull

_FULL: Final = (
    "The disk that holds the store {path} is full. Nothing of this step was kept; what was stored before is "
    "safe. Make room on the disk, then try again."
)
_DAMAGED: Final = (
    "The store {path} is damaged or is not a store of ours ({name}). Nothing more is written to it. "
    "Keep the file as it is, and put a backup of the home folder back."
)
_BUSY: Final = (
    "Another program keeps the store {path} locked. Nothing of this step was kept. "
    "Close what has the file open (a backup tool, a database viewer), then try again."
)
_UNREADABLE: Final = (
    "The store {path} could not be read or written ({name}). Nothing of this step was kept. "
    "Look at the disk (a quota or a limit on files counts too) and at the permissions of its folder."
)
_OTHER: Final = (
    "The store {path} refused a step ({name}: {error}). Nothing of this step was kept. "
    "Please report this sentence; it is a mistake in the program."
)
_KINDS: Final[tuple[tuple[tuple[str, ...], type[StorageError], str], ...]] = (
    (("SQLITE_FULL",), StoreFull, _FULL),
    (("SQLITE_CORRUPT", "SQLITE_NOTADB"), StoreDamaged, _DAMAGED),
    (("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"), StoreBusy, _BUSY),
    (
        ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
        StorageError,
        _UNREADABLE,
    ),
)
_NO_ROOM: Final = 64 * 1024
"""Bytes: SQLite hides the errno of a failed write, so a disk with less than this free counts as full."""


def storage_error(error: sqlite3.Error, path: Path) -> Exception:
    """The error of ours that says what SQLite met; a misuse of the sqlite3 module itself stays as it is."""
    name: str | None = getattr(error, "sqlite_errorname", None)
    if name is None:
        return error
    kind, sentence = _meaning(name, path)
    fault = kind(sentence.format(path=path, name=name, error=error))
    fault.__cause__ = error
    return fault


def _meaning(name: str, path: Path) -> tuple[type[StorageError], str]:
    if name.startswith("SQLITE_IOERR") and _is_full(path.parent):
        return StoreFull, _FULL
    for prefixes, kind, sentence in _KINDS:
        if name.startswith(prefixes):
            return kind, sentence
    return StorageError, _OTHER


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False
