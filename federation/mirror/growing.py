"""Fetching entries of a peer's log and keeping them, step by step, each step proved to lie below the signed head."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from federation.log.kept import find_tiles
from federation.mirror.entries import read_entry
from federation.mirror.errors import BadSource
from federation.mirror.heads import prove_root
from federation.mirror.source import Source
from federation.tlog.checkpoints import Checkpoint
from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import TILE_WIDTH, TileKey, Tiles, grow, needed_for_growth
from storage.ids import LogName
from storage.records import KeptLog, Leaf, Tile
from storage.store import KeptLogs

STEP: Final = 16 * TILE_WIDTH
"""Entries that are in memory at once: at most 16 MiB of them."""
PIECE: Final = 2 * TILE_WIDTH
"""Entries that are kept in one step of the store: whoever publishes meanwhile waits for no more than that."""


class GrowingStore(KeptLogs, Protocol):
    """Where they are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Leaves that follow on what is kept, proved; and the tiles over them."""

    start: int
    leaves: list[Leaf]
    tiles: list[Tile]

    async def keep(self, store: GrowingStore, name: LogName) -> bool:
        """Keep them in one step; False when another process was faster."""
        return await store.grow_log(name, expecting=self.start, leaves=self.leaves, tiles=self.tiles)


async def grow_to(
    store: GrowingStore,
    kept: KeptLog,
    head: Checkpoint,
    source: Source,
    *,
    end: int,
    origins: Collection[str],
    at: datetime,
) -> int:
    """Keep the entries up to `end`, which the head covers; how many were new.

    Raises `Unreachable` when the source does not serve them, `BrokenLog` when the log's key signed what no log may
    hold.
    """
    start = size = kept.size
    while size < end:
        until = min(size - size % TILE_WIDTH + STEP, end)
        root = await prove_root(source, until, head)
        growths = await fetch_growth(store, kept, source, start=size, end=until, root=root, origins=origins, at=at)
        for growth in growths:
            if not await growth.keep(store, kept.name):
                return size - start
            size += len(growth.leaves)
    return size - start


async def fetch_growth(
    store: GrowingStore,
    kept: KeptLog,
    source: Source,
    *,
    start: int,
    end: int,
    root: bytes,
    origins: Collection[str],
    at: datetime,
) -> list[Growth]:
    """The entries [start, end), with which the tree has this root, piece by piece; nothing is kept yet."""
    entries: list[bytes] = []
    while start + len(entries) < end:
        first = start + len(entries)
        entries += await source.entries(first, min(first - first % TILE_WIDTH + TILE_WIDTH, end))
    grown = await grow_tree(store, kept, entries, start=start)
    if grown.tree.root(end) != root:
        raise BadSource(f"The entries that {source.home} serves are not those below the head that the log signed.")
    return await grown.read(origins, at, is_first_fill=kept.checkpoint_size == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownTree:
    """A log's tree with entries that follow on what is kept: its roots are to be proved before they are read."""

    start: int
    entries: Sequence[bytes]
    tree: Tiles
    changed: Sequence[Mapping[TileKey, bytes]]
    """By piece of the entries, in order, the tiles that change with it."""

    async def read(self, origins: Collection[str], at: datetime, *, is_first_fill: bool) -> list[Growth]:
        """What is kept of them; `BrokenLog` when the log's key signed what no log may hold."""
        leaves = await _read_all(self.entries, self.start, origins, at, is_first_fill=is_first_fill)
        return [
            Growth(
                start=self.start + first,
                leaves=leaves[first : first + PIECE],
                tiles=[Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()],
            )
            for first, changed in zip(range(0, len(leaves), PIECE), self.changed, strict=True)
        ]


async def grow_tree(store: GrowingStore, kept: KeptLog, entries: Sequence[bytes], *, start: int) -> GrownTree:
    """The tree over the first `start` leaves that are kept and these entries; nothing is kept yet."""
    tiles = dict((await find_tiles(store, kept.name, needed_for_growth(start))).hashes)
    pieces: list[Mapping[TileKey, bytes]] = []
    for first in range(0, len(entries), PIECE):
        pieces.append(grow(tiles, start + first, leaf_hashes(entries[first : first + PIECE])))
        tiles |= pieces[-1]
        await asyncio.sleep(0)  # others have their turn
    return GrownTree(start=start, entries=entries, tree=Tiles(tiles), changed=pieces)


async def _read_all(
    entries: Sequence[bytes], start: int, origins: Collection[str], at: datetime, *, is_first_fill: bool
) -> list[Leaf]:
    leaves = []
    for place, entry in enumerate(entries, start):
        leaves.append(_leaf(place, entry, origins, at, is_first_fill=is_first_fill))
        if place % TILE_WIDTH == 0:
            await asyncio.sleep(0)  # others have their turn
    return leaves


def _leaf(place: int, raw: bytes, origins: Collection[str], at: datetime, *, is_first_fill: bool) -> Leaf:
    """What a first fill brings counts as kept when it was published, so that it takes nothing from a day's measure."""
    entry = read_entry(raw, origins)
    return Leaf(
        place=place,
        entry=raw,
        digest=entry.digest,
        activity=entry.activity,
        actor=None,
        object=entry.object,
        type=entry.type,
        published_at=entry.published_at,
        state="wanted",
        is_standing=False,
        kept_at=min(at, entry.published_at) if is_first_fill else at,
        changed_at=at,
        body=None,
    )
