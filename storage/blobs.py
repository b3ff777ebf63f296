"""Media bytes by their SHA-256: kept once, whole or not at all, and never changed.

A blob stands on the disk before any row names it. Files are `ab/cd/<sha256>` below one folder.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from storage.errors import NotFound, StorageError, StoreFull
from storage.folders import sync_folder
from storage.ids import Digest

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def digest_of(body: bytes) -> Digest:
    """The name of these bytes."""
    return Digest(hashlib.sha256(body).hexdigest())


def is_digest(text: str) -> bool:
    """Whether this could name a blob: 64 hexadecimal digits in lower case."""
    return _DIGEST.fullmatch(text) is not None


class Blobs(Protocol):
    """Bytes by digest. Each verb can safely be repeated; verbs that write may raise `StoreFull`."""

    async def add_blob(self, body: bytes) -> Digest:
        """Keep these bytes, durably when this returns; kept already, they count as added now."""

    async def read_blob(self, digest: Digest, start: int = 0, length: int = -1) -> bytes:
        """Bytes from `start`, at most `length` of them or all that follow; `NotFound`."""

    async def find_size(self, digest: Digest) -> int | None:
        """How many bytes are kept under this digest; None when none are."""

    async def list_blobs(self, *, added_before: datetime) -> list[Digest]:
        """Every blob added before that time, in order, and with them what was left half written."""

    async def remove_blob(self, digest: Digest) -> None:
        """Forget these bytes, if they are there."""


class DiskBlobs:
    """`Blobs` in a folder, which is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def add_blob(self, body: bytes) -> Digest:
        digest = digest_of(body)
        await asyncio.shield(asyncio.to_thread(self._add, digest, body))
        return digest

    async def read_blob(self, digest: Digest, start: int = 0, length: int = -1) -> bytes:
        return await asyncio.to_thread(self._read, digest, start, length)

    async def find_size(self, digest: Digest) -> int | None:
        return await asyncio.to_thread(self._size, digest)

    async def list_blobs(self, *, added_before: datetime) -> list[Digest]:
        return await asyncio.to_thread(lambda: sorted(self._list(added_before)))

    async def remove_blob(self, digest: Digest) -> None:
        await asyncio.to_thread(lambda: self._path(digest).unlink(missing_ok=True))

    def _path(self, digest: Digest) -> Path:
        if not is_digest(digest):
            raise NotFound("No media has this name: a name is the 64 hexadecimal digits of its SHA-256.")
        return self._folder / digest[:2] / digest[2:4] / digest

    def _add(self, digest: Digest, body: bytes) -> None:
        path = self._path(digest)
        try:
            if self._holds(path, body):
                os.utime(path)
                return
            _make_folders(self._folder, path.parent)
            _write(path, body)
        except OSError as problem:
            raise _storage_error(problem) from problem

    def _holds(self, path: Path, body: bytes) -> bool:
        """Whether exactly these bytes stand there: what a disk lost or changed is written anew."""
        return path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body

    def _read(self, digest: Digest, start: int, length: int) -> bytes:
        try:
            with self._path(digest).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            raise NotFound(f"The media file {digest} is missing. `picketline check` tells more.") from None
        except OSError as problem:
            raise _storage_error(problem) from problem

    def _size(self, digest: Digest) -> int | None:
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def _list(self, added_before: datetime) -> Iterator[Digest]:
        limit = added_before.timestamp()
        for path in self._folder.glob("??/??/*"):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC).timestamp() >= limit:
                    continue
                if is_digest(path.name):
                    yield Digest(path.name)
                else:
                    path.unlink()


def _make_folders(top: Path, folder: Path) -> None:
    """Folders down to this one, each on the disk in its parent, and the owner's own."""
    for made in reversed([folder, *folder.parents[: len(folder.relative_to(top).parts)]]):
        with suppress(FileExistsError):
            made.mkdir(0o700)
            _give_to_owner(made)
            sync_folder(made.parent)


def _write(path: Path, body: bytes) -> None:
    """Temporary file → fsync → rename → fsync of the folder."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        _give_to_owner(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _give_to_owner(made: Path) -> None:
    """What root makes here belongs to whose folder it is, or the node could not read it."""
    if os.geteuid() == 0:
        above = made.parent.stat()
        os.chown(made, above.st_uid, above.st_gid, follow_symlinks=False)


def _storage_error(problem: OSError) -> StorageError:
    if problem.errno in _FULL:
        return StoreFull("The disk is full, so the picture was not kept. Free some space, then try again.")
    return StorageError(
        f"The media folder cannot be used: {problem.strerror}. See that it belongs to the user who runs the node."
    )
