"""Names in folders that are on the disk before anybody relies on them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

_CANNOT_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})
"""What file systems without an fsync of folders answer (some USB and network disks)."""


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk; a file system that cannot do that is passed over. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)
