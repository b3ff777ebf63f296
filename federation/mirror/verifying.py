"""Checking a kept log against itself: every byte, every hash, every signature; reads all of it, changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from federation.errors import FederationError
from federation.keys import PublicKey
from federation.mirror.bodies import KeyRing, check_body
from federation.mirror.entries import read_entry
from federation.mirror.files import Files, digest_of
from federation.mirror.heads import read_signed
from federation.mirror.unions import CharterShelf, KnownUnion, cosigner_name
from federation.mirror.withdrawals import takings_of
from federation.tlog.checkpoints import Checkpoint
from federation.tlog.cosignatures import cosigned_at
from federation.tlog.merkle import leaf_hashes
from federation.tlog.notes import read_note
from federation.tlog.tiles import TileKey, Tiles, grow, needed_for_growth
from storage.errors import StorageError
from storage.ids import Did, Digest
from storage.records import KeptLog, Leaf
from storage.store import KeptLogs, Media, Retractions

_MOST_PROBLEMS: Final = 100
_BREATH: Final = 16
_PAGE: Final = 256


class VerifyingStore(KeptLogs, CharterShelf, Media, Retractions, Protocol):
    """What is read."""


@dataclass(slots=True)
class Report:
    """What was checked and what is wrong, in sentences."""

    size: int
    activities: int = 0
    media: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """One more; beyond a hundred they are not told apart."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)


@dataclass(slots=True, kw_only=True)
class Verifier:
    """Checks one kept log."""

    store: VerifyingStore
    blobs: Files
    kept: KeptLog
    union: KnownUnion
    us: Did
    cosigners: tuple[PublicKey, ...]
    """Our own keys for receipts, one of each epoch of ours; none for our own log."""
    is_ended: bool = False
    """Whether a later epoch follows, which holds what both have."""

    async def verify(self) -> Report:
        """All of it, page by page, in little memory."""
        report = Report(size=self.kept.checkpoint_size)
        head = self._check_head(report)
        ring, tiles, size = KeyRing(), dict[TileKey, bytes](), 0
        while leaves := await self.store.list_leaves(self.kept.name, size, _PAGE):
            tiles |= await self._check_tiles(tiles, size, leaves, report)
            if head is not None and size < head.size <= size + len(leaves):
                self._check_root(tiles, head, report)
            size += len(leaves)
            tiles = {key: tiles[key] for key in needed_for_growth(size)}
            await self._check_leaves(leaves, ring, report)
        if size != self.kept.size:
            report.add(f"{self.kept.name} should have {self.kept.size} entries here, but has {size}.")
        await self._check_media(report)
        return report

    def _check_head(self, report: Report) -> Checkpoint | None:
        if self.kept.checkpoint is None:
            return None
        try:
            head = read_signed(self.kept.checkpoint, self.union)
            if self.cosigners and not self._has_receipt(self.kept.checkpoint):
                report.add(f"The head of {self.kept.name} does not carry our own receipt.")
        except FederationError as problem:
            report.add(f"The head of {self.kept.name} is not signed as it must be: {problem}")
            return None
        if head.size != self.kept.checkpoint_size:
            report.add(f"The head of {self.kept.name} is for another size than the store says.")
        return head

    def _has_receipt(self, raw: bytes) -> bool:
        note, name = read_note(raw), cosigner_name(self.us)
        return any(cosigned_at(note, name=name, public=public) is not None for public in self.cosigners)

    async def _check_tiles(
        self, tiles: Mapping[TileKey, bytes], size: int, leaves: list[Leaf], report: Report
    ) -> dict[TileKey, bytes]:
        """Computed anew from the entries, and compared with what is kept; those that changed."""
        changed = grow(tiles, size, leaf_hashes(leaf.entry for leaf in leaves))
        stored = await self.store.find_tiles(self.kept.name, changed.keys())
        for key, hashes in changed.items():
            if not stored.get(key, b"").startswith(hashes):
                report.add(f"Tile {key[1]} of level {key[0]} of {self.kept.name} is not what its entries make.")
        return changed

    def _check_root(self, tiles: Mapping[TileKey, bytes], head: Checkpoint, report: Report) -> None:
        try:
            root = Tiles(tiles).root(head.size)
        except FederationError as problem:
            report.add(str(problem))
            return
        if root != head.root:
            report.add(f"The entries of {self.kept.name} are not those whose head was signed: something was changed.")

    async def _check_leaves(self, leaves: list[Leaf], ring: KeyRing, report: Report) -> None:
        missing = [leaf for leaf in leaves if leaf.state in {"wanted", "gone"} and leaf.place < report.size]
        missing = [] if self.is_ended else missing
        taken_back = await self._taken_back(missing)
        for leaf in missing:
            if leaf.place not in taken_back:
                report.add(f"The activity of entry {leaf.place} of {self.kept.name} is missing, and none took it back.")
        for count, leaf in enumerate(leaves):
            self._check_leaf(leaf, ring, report)
            if count % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)

    async def _taken_back(self, missing: list[Leaf]) -> set[int]:
        gone = [leaf for leaf in missing if leaf.state == "gone"]
        retracted = {one.object for one in await self.store.list_retractions(self.kept.did)} if gone else set()
        taken_back = await takings_of(self.store, self.kept.name, self.kept.size).find_taken_back(missing)
        return taken_back | {leaf.place for leaf in gone if leaf.object in retracted}

    def _check_leaf(self, leaf: Leaf, ring: KeyRing, report: Report) -> None:
        try:
            entry = read_entry(leaf.entry, self.union.origins)
            if (entry.activity, entry.digest, entry.object, entry.type) != (
                leaf.activity,
                leaf.digest,
                leaf.object,
                leaf.type,
            ):
                report.add(f"Entry {leaf.place} of {self.kept.name} is not what the store says of it.")
            if leaf.body is not None:
                check_body(leaf, leaf.body, ring, self.union.origins)
                report.activities += 1
        except FederationError as problem:
            report.add(f"Entry {leaf.place} of {self.kept.name}: {problem}")

    async def _check_media(self, report: Report) -> None:
        if self.is_ended:
            return
        files, remedy = (
            (self._held_files(), "`picketline mirror sync` fetches it again.")
            if self.cosigners
            else (self._own_files(), "take it from a copy of this home, or post its update again.")
        )
        async for digest in files:
            try:
                is_right = digest_of(await self.blobs.read_blob(digest)) == digest
            except StorageError:
                is_right = False
            if is_right:
                report.media += 1
            else:
                report.add(f"The file {digest} is damaged or missing; {remedy}")

    async def _held_files(self) -> AsyncIterator[Digest]:
        after: Digest | None = None
        while rows := await self.store.list_held_media(self.kept.did, is_held=True, after=after, limit=_PAGE):
            after = rows[-1].digest
            for row in rows:
                yield row.digest

    async def _own_files(self) -> AsyncIterator[Digest]:
        """Those that our own updates that stand name."""
        after: Digest | None = None
        while files := await self.store.list_media(after=after, limit=_PAGE):
            after = files[-1].digest
            for file in files:
                yield file.digest
