"""Media bytes in GridFS: two collections as its specification lays them out, so that any tool that knows it reads them.

A blob comes and goes in one transaction: nobody ever sees, or has to sweep, a part of one. It is made of chunks, so
that a part is read without the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from storage.blobs import Blobs, digest_of, is_digest
from storage.errors import NotFound
from storage.ids import Digest
from storage.mongo.database import Scope
from storage.mongo.driver import Document
from storage.mongo.noun import Noun

FILES: Final = "media.files"
CHUNKS: Final = "media.chunks"
CHUNK: Final = 255 * 1024
"""Bytes in a chunk: what GridFS uses itself."""


class MongoBlobs(Noun, Blobs):
    """`Blobs` in the database of the store, for every process that shares it."""

    async def add_blob(self, body: bytes) -> Digest:
        digest = await asyncio.to_thread(digest_of, body)
        await self.database.transact(lambda within: _add(within, digest, body))
        return digest

    async def read_blob(self, digest: Digest, start: int = 0, length: int = -1) -> bytes:
        _require_digest(digest)
        return await self.database.read(lambda within: _read(within, digest, start, length))

    async def find_size(self, digest: Digest) -> int | None:
        _require_digest(digest)
        file = await self.database.read(lambda within: within[FILES].find_one({"_id": digest}, only=("length",)))
        return None if file is None else int(file["length"])

    async def list_blobs(self, *, added_before: datetime) -> list[Digest]:
        old = {"uploadDate": {"$lt": added_before}}
        found = await self.database.read(lambda within: within[FILES].find(old, sort=[("_id", 1)], only=("_id",)))
        return [Digest(file["_id"]) for file in found]

    async def remove_blob(self, digest: Digest) -> None:
        _require_digest(digest)
        await self.database.transact(lambda within: _remove(within, digest))


def _require_digest(name: str) -> None:
    if not is_digest(name):
        raise NotFound("No media has this name: a name is the 64 hexadecimal digits of its SHA-256.")


async def _add(within: Scope, digest: Digest, body: bytes) -> None:
    """What the disk changed is written anew; two who add at once write the same documents, so one runs again."""
    now = datetime.now(UTC)
    if await _holds(within, digest, body):
        await within[FILES].update({"_id": digest}, {"$set": {"uploadDate": now}})
        return
    await within[CHUNKS].delete({"files_id": digest})
    await within[FILES].replace({"_id": digest, "length": len(body), "chunkSize": CHUNK, "uploadDate": now})
    for number, start in enumerate(range(0, len(body), CHUNK)):
        await within[CHUNKS].insert(_chunk(digest, number, body[start : start + CHUNK]))


def _chunk(digest: Digest, number: int, body: bytes) -> Document:
    return {"_id": f"{digest}/{number}", "files_id": digest, "n": number, "data": body}


async def _holds(within: Scope, digest: Digest, body: bytes) -> bool:
    """Whether exactly these bytes stand there, chunk by chunk."""
    file = await within[FILES].find_one({"_id": digest})
    if file is None or (file["length"], file["chunkSize"]) != (len(body), CHUNK):
        return False
    count = -(-len(body) // CHUNK)
    if await within[CHUNKS].count({"files_id": digest}) != count:
        return False
    for number in range(count):
        kept = await within[CHUNKS].find_one({"files_id": digest, "n": number})
        if kept is None or bytes(kept["data"]) != body[number * CHUNK : (number + 1) * CHUNK]:
            return False
    return True


async def _read(within: Scope, digest: Digest, start: int, length: int) -> bytes:
    file = await within[FILES].find_one({"_id": digest})
    if file is None:
        raise _missing(digest)
    size, chunk = int(file["length"]), int(file["chunkSize"])
    end = size if length < 0 else min(size, start + length)
    if start >= end:
        return b""
    first, last = start // chunk, (end - 1) // chunk
    numbers = {"files_id": digest, "n": {"$gte": first, "$lte": last}}
    chunks = await within[CHUNKS].find(numbers, sort=[("n", 1)])
    part = _joined(chunks, first)[start - first * chunk : end - first * chunk]
    if len(part) != end - start:
        raise _missing(digest)
    return part


def _joined(chunks: Sequence[Document], first: int) -> bytes:
    """As far as none is missing between."""
    whole: list[Any] = [chunk["data"] for place, chunk in enumerate(chunks) if chunk["n"] == first + place]
    return b"".join(whole)


def _missing(digest: Digest) -> NotFound:
    return NotFound(f"The media file {digest} is missing. `picketline check` tells more.")


async def _remove(within: Scope, digest: Digest) -> None:
    await within[FILES].delete({"_id": digest})
    await within[CHUNKS].delete({"files_id": digest})
