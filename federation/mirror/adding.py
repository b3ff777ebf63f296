"""`add-entries` (C2SP tlog-mirror): entries of a peer's log that somebody brings, because we cannot fetch them.

Whoever it is, only the proof counts that they stand below the head that the log's key signed and that is pending here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from federation.budgets import Buckets
from federation.errors import TooMany
from federation.log.kept import find_tiles, head_in
from federation.mirror.entries import LARGEST_ENTRY
from federation.mirror.errors import BrokenLog, PactEnded, QuotaReached
from federation.mirror.growing import grow_tree
from federation.mirror.heads import pending_head, stop
from federation.mirror.receive import ReceivingStore, find_following
from federation.mirror.unions import KnownUnion, cosigner_name
from federation.tlog.checkpoints import Checkpoint
from federation.tlog.errors import BadProof, BadUpload
from federation.tlog.merkle import HASH_SIZE, leaf_hashes, root_of_packed, verify_subtree
from federation.tlog.notes import read_note
from federation.tlog.packages import MOST_PACKAGES, MirrorInfo, Package, Upload, UploadReader
from federation.tlog.tiles import TILE_WIDTH
from storage.ids import Did, LogName
from storage.records import KeptLog

MOST_AGAIN: Final = TILE_WIDTH
"""Entries that are here already and may come once more in a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The status of the answer, with how far we are (202, 409) or our receipt (200)."""

    status: int
    info: MirrorInfo | None = None
    lines: str = ""


class _Refusal(Exception):
    """What an upload is answered before anything of it is kept."""

    def __init__(self, status: int, info: MirrorInfo | None = None) -> None:
        super().__init__(status)
        self.added = Added(status=status, info=info)


@dataclass(slots=True, kw_only=True)
class EntryReceiver:
    """Takes entries; one for the whole node."""

    store: ReceivingStore
    own_url: str
    us: Did
    is_mutual: Callable[[Did], Awaitable[bool]]
    """Whether there is a pact; cheap, because anybody may ask."""
    is_open_to: Callable[[Did, str | None], Awaitable[bool]]
    """Whether who says this word of an unlisted pact may know of it."""
    may_take: Callable[[Did], Awaitable[bool]]
    room_for: Callable[[KeptLog], Awaitable[int]]
    """How many entries more may be kept; raises PactEnded and QuotaReached."""
    conclude: Callable[[Did], Awaitable[None]]
    """Promise the log's head if all below it is here."""
    now: Callable[[], datetime]
    _of_asker: Buckets[tuple[str, int | None]] = field(
        default_factory=lambda: Buckets(burst=60, every=timedelta(milliseconds=200))
    )

    async def receive(
        self, pieces: AsyncIterator[bytes], *, asker: int | None = None, word: str | None = None
    ) -> Added:
        """Take an upload as it comes; raises BadUpload for what has not the shape, and TooMany.

        `asker` is who counts as one, `word` that of an unlisted pact. A body that ends early, or at a `TimeoutError`,
        counts as far as it came.
        """
        reader = UploadReader(largest_entry=LARGEST_ENTRY)
        try:
            upload = await _read_upload(reader, pieces)
            kept, union = await self._find(upload, asker, word)
            head = _head_of(upload, kept)
            count = await self._keep_all(reader, pieces, head, union)
        except _Refusal as refusal:
            return refusal.added
        return await self._answer(upload, head, count)

    async def _find(self, upload: Upload, asker: int | None, word: str | None) -> tuple[KeptLog, KnownUnion]:
        did = Did(upload.origin.rpartition("/")[0])
        if not await self.is_mutual(did) or not await self.is_open_to(did, word):
            raise _Refusal(404)
        wait = self._of_asker.take((upload.origin, asker), self.now())
        if wait:
            raise TooMany("More entries of this log come than it can have.", retry_after=ceil(wait.total_seconds()))
        found = await find_following(self.store, upload.origin, may_take=self.may_take, own_url=self.own_url)
        if found is None:
            raise _Refusal(404)
        return found

    async def _keep_all(
        self, reader: UploadReader, pieces: AsyncIterator[bytes], head: Checkpoint, union: KnownUnion
    ) -> int:
        """How many packages were proved and are kept; what comes behind the 32nd is left for the next request."""
        count = 0
        while count < MOST_PACKAGES:
            try:
                package = await _read_package(reader, pieces)
                if package is None:
                    break
                await self._keep(package, head, union)
            except (BadUpload, BadProof):
                raise _Refusal(422) from None
            except QuotaReached:
                raise _Refusal(507) from None
            except PactEnded:
                raise _Refusal(404) from None
            count += 1
        return count

    async def _keep(self, package: Package, head: Checkpoint, union: KnownUnion) -> None:
        """Prove the entries, and keep those that are not here yet."""
        kept = await self._standing(head)
        await self._prove(package, kept, head)
        while kept.size < package.span.end:
            if kept.size < package.span.start:  # it was forgotten meanwhile, and begun anew
                raise _Refusal(409, MirrorInfo(size=kept.pending_size, next=kept.size))
            room = await self.room_for(kept)
            entries = package.entries[kept.size - package.span.start :][:room]
            grown = await grow_tree(self.store, kept, entries, start=kept.size)
            try:
                growths = await grown.read(union.origins, self.now(), is_first_fill=kept.checkpoint_size == 0)
            except BrokenLog as broken:
                await stop(self.store, kept, broken, at=self.now())
                raise _Refusal(422) from None
            for growth in growths:
                await growth.keep(self.store, kept.name)
            kept = await self._standing(head)

    async def _standing(self, head: Checkpoint) -> KeptLog:
        """The log as it is now: others may be at it too."""
        kept = await self.store.find_log(LogName(head.origin))
        if kept is None or kept.state != "following":
            raise _Refusal(404)
        return kept

    async def _prove(self, package: Package, kept: KeptLog, head: Checkpoint) -> None:
        span = package.span
        before = (span.start - span.first) * HASH_SIZE
        tile = (0, span.first // TILE_WIDTH)
        known = (await find_tiles(self.store, kept.name, {tile})).hashes.get(tile, b"") if before else b""
        verify_subtree(
            start=span.first,
            end=span.end,
            subtree_root=root_of_packed(known[:before] + b"".join(leaf_hashes(package.entries))),
            size=head.size,
            root=head.root,
            proof=package.proof,
        )

    async def _answer(self, upload: Upload, head: Checkpoint, count: int) -> Added:
        kept = await self._standing_or_none(head)
        if kept is not None and kept.size >= upload.end:
            await self.conclude(kept.did)
            kept = await self._standing_or_none(head)
        elif upload.start < upload.end and not count:
            raise BadUpload("An upload of entries ended before its first package was whole; nothing was kept.")
        if kept is None:
            return Added(status=404)
        if kept.checkpoint is None or kept.checkpoint_size < upload.end:
            return Added(status=202, info=MirrorInfo(size=upload.end, next=kept.size))
        if kept.checkpoint_size > upload.end:
            return Added(status=409, info=MirrorInfo(size=kept.pending_size, next=kept.size))
        return Added(status=200, lines=_lines_of(kept.checkpoint, cosigner_name(self.us)))

    async def _standing_or_none(self, head: Checkpoint) -> KeptLog | None:
        try:
            return await self._standing(head)
        except _Refusal:
            return None


async def _read_upload(reader: UploadReader, pieces: AsyncIterator[bytes]) -> Upload:
    while (upload := reader.read_upload()) is None:
        piece = await _next_piece(pieces)
        if piece is None:
            raise BadUpload("An upload of entries ended before it said of which; nothing was kept.")
        reader.feed(piece)
    return upload


async def _read_package(reader: UploadReader, pieces: AsyncIterator[bytes]) -> Package | None:
    """None when no further one comes whole."""
    while (package := reader.read_package()) is None and not reader.is_over:
        piece = await _next_piece(pieces)
        if piece is None:
            return None
        reader.feed(piece)
    return package


async def _next_piece(pieces: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await anext(pieces, None)
    except TimeoutError:
        return None


def _head_of(upload: Upload, kept: KeptLog) -> Checkpoint:
    """The head that the upload is for: the pending one, or that of the mirror checkpoint."""
    if kept.pending is None:
        raise _Refusal(422)
    info = MirrorInfo(size=kept.pending_size, next=kept.size)
    is_pending = upload.end == kept.pending_size
    if not is_pending and (kept.checkpoint is None or upload.end != kept.checkpoint_size):
        raise _Refusal(409, info)
    info = MirrorInfo(size=upload.end, next=kept.size)
    if upload.end < kept.checkpoint_size or upload.start > kept.size:
        raise _Refusal(409, info)
    if min(upload.end, kept.size) - upload.start > MOST_AGAIN:
        raise _Refusal(409, info)
    return pending_head(kept) if is_pending else head_in(kept.checkpoint or b"")


def _lines_of(note: bytes, name: str) -> str:
    return "".join(one.line for one in read_note(note).signatures if one.name == name)
