"""Files that stand whole or not at all, and are on the disk before anybody relies on them."""

from __future__ import annotations

import os
from pathlib import Path

from storage.folders import sync_folder


class FolderNotSynced(OSError):
    """The file stands whole, but the disk did not confirm its name."""


def write_new(path: Path, body: bytes) -> None:
    """Write a new file that only its owner reads, on the disk with its name when this returns.

    Raises `FileExistsError` (also for a link), `OSError` when it cannot be written and nothing of it is left, and
    `FolderNotSynced` when the file stands whole and stays.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    try:
        sync_folder(path.parent)
    except OSError as error:
        raise FolderNotSynced(error.errno, error.strerror) from error
