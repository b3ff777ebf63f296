"""A kept log's tree, read through the store: its signed head, any root, any proof; one look-up of tiles each."""

from __future__ import annotations

from typing import Protocol

from federation.tlog.checkpoints import Checkpoint, read_checkpoint
from federation.tlog.notes import read_note
from federation.tlog.tiles import (
    TileKey,
    Tiles,
    needed_for_consistency,
    needed_for_inclusion,
    needed_for_range,
    needed_for_root,
)
from storage.ids import LogName
from storage.store import KeptLogs


class TreeStore(KeptLogs, Protocol):
    """What of a store trees are read from."""


async def read_head(store: TreeStore, name: LogName) -> Checkpoint | None:
    """The newest signed head that may be shown, of a peer's log the mirror checkpoint; None before the first."""
    log = await store.find_log(name)
    return None if log is None or log.checkpoint is None else head_in(log.checkpoint)


def head_in(note: bytes) -> Checkpoint:
    """What a note that we keep says; its signatures were checked before it was kept."""
    return read_checkpoint(read_note(note).text)


async def find_tiles(store: TreeStore, name: LogName, wanted: set[TileKey]) -> Tiles:
    """The tiles at these keys, as far as they are kept."""
    return Tiles(await store.find_tiles(name, wanted) if wanted else {})


async def read_root(store: TreeStore, name: LogName, size: int) -> bytes:
    """The root over the first `size` leaves; `MissingTile` when fewer are kept."""
    return (await find_tiles(store, name, needed_for_root(size))).root(size)


async def prove_inclusion(store: TreeStore, name: LogName, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is part of the tree of that size; `MissingTile` when fewer leaves are kept."""
    return (await find_tiles(store, name, needed_for_inclusion(index, size))).inclusion(index, size)


async def prove_consistency(store: TreeStore, name: LogName, old: int, new: int) -> list[bytes]:
    """The proof that the tree of size `new` begins with the one of size `old`."""
    return (await find_tiles(store, name, needed_for_consistency(old, new))).consistency(old, new)


async def read_range_root(store: TreeStore, name: LogName, start: int, end: int) -> bytes:
    """The root of the subtree over the leaves [start, end); ValueError when they are none."""
    return (await find_tiles(store, name, needed_for_range(start, end))).range_root(start, end)


async def list_entries(store: TreeStore, name: LogName, start: int, limit: int) -> list[bytes]:
    """The leaves from place `start`, as they are hashed."""
    return [leaf.entry for leaf in await store.list_leaves(name, start, limit, with_bodies=False)]
