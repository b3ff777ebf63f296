"""Pictures of updates: whole before an update names them, gone when none does any more."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from federation.mirror.media import is_held
from node.context import Node
from node.refusal import Refusal
from storage.blobs import Blobs, digest_of
from storage.errors import NotFound
from storage.ids import Digest
from storage.records import HeldMedia, MediaFile, Picture

log = logging.getLogger(__name__)

MOST_PICTURES: Final = 4
"""As many as Mastodon shows."""
LONGEST_ALT: Final = 1500
"""Letters; Mastodon cuts what is longer."""
UNNAMED_FOR: Final = timedelta(hours=1)
"""How long a file may lie unnamed: it was handed in, and its update comes next."""
_BATCH: Final = 1000
JOB: Final = "files of pictures"
"""In its turn a process names files in an update, or drops what none names; never two at once."""


def files_of(pictures: Sequence[Picture]) -> list[MediaFile]:
    """Every file of these pictures."""
    return [file for picture in pictures for file in (picture.file, picture.preview) if file is not None]


@asynccontextmanager
async def in_place(pictures: Sequence[Picture], node: Node) -> AsyncIterator[None]:
    """`Refusal` unless every file lies here whole; the caller holds `node.publishing`, and none goes in the block."""
    if not pictures:
        yield
        return
    async with node.turns.wait_for(JOB):
        await _refuse_missing(pictures, node.blobs)
        yield


async def _refuse_missing(pictures: Sequence[Picture], blobs: Blobs) -> None:
    for file in files_of(pictures):
        try:
            body = await blobs.read_blob(file.digest)
        except NotFound:
            body = b""
        if len(body) != file.size or digest_of(body) != file.digest:
            raise Refusal("A picture of this update is not in the media folder any more. Give the command again.")


async def drop_unnamed(pictures: Sequence[Picture], node: Node) -> None:
    """Remove the files of these pictures that no update names; the caller holds `node.publishing`.

    Whatever goes wrong is left to the next sweep: what was said stands already.
    """
    try:
        await _drop([file.digest for file in files_of(pictures)], node)
    except Exception:
        log.exception("files of pictures stay until they are swept")


async def sweep_pictures(node: Node) -> int:
    """Remove every file that no update names and that lies here longer than an hour; how many."""
    async with node.publishing:
        await node.projector.catch_up()
        found = await node.blobs.list_blobs(added_before=node.now() - UNNAMED_FOR)
        named = {file.digest async for file in _named_files(node)} if found else set()
        named |= {file.digest async for file in _held_files(node)} if found else set()
        return await _drop([digest for digest in found if digest not in named], node)


async def _drop(digests: Sequence[Digest], node: Node) -> int:
    """Remove those of these files that no update names, whichever process published it; how many."""
    if not digests:
        return 0
    async with node.turns.wait_for(JOB):
        await node.projector.catch_up()
        unnamed = [digest for digest in digests if not await is_held(node.store, digest)]
        for digest in unnamed:
            await node.blobs.remove_blob(digest)
    return len(unnamed)


async def count_media(node: Node) -> tuple[int, int]:
    """How many files updates name, and how many of them are missing or of another size."""
    named = wrong = 0
    async for file in _named_files(node):
        named += 1
        wrong += await node.blobs.find_size(file.digest) != file.size
    return named, wrong


async def _held_files(node: Node) -> AsyncIterator[HeldMedia]:
    """Files that are kept for peers."""
    after = None
    while files := await node.store.list_held_media(None, is_held=True, after=after, limit=_BATCH):
        for file in files:
            yield file
        after = files[-1].digest


async def _named_files(node: Node) -> AsyncIterator[MediaFile]:
    after = None
    while files := await node.store.list_media(after=after, limit=_BATCH):
        for file in files:
            yield file
        after = files[-1].digest
