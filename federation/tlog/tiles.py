"""A log's tree as tiles of 256 hashes, and its entries as bundles of 256 (C2SP tlog-tiles).

What the tree over the first N leaves needs never changes when leaves are added, so the tiles of a large tree also serve
every smaller one: a partial tile of an older size is the beginning of what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from federation.tlog.errors import BadBundle, MissingTile
from federation.tlog.merkle import EMPTY_ROOT, HASH_SIZE, node_hash, root_of_packed
from federation.tlog.ranges import Range, is_subtree, perfect, proof_ranges

TileKey = tuple[int, int]
"""(level, number)."""

TILE_WIDTH: Final = 256
_HEIGHT: Final = 8
MAX_ENTRY: Final = 2**16 - 1
"""Bytes; what a bundle's length prefix can say."""
_MAX_LEVEL: Final = 63
_MAX_PATH: Final = 64
_PATH: Final = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Tiles:
    """Proofs out of the tiles that `needed_for_…` names. Each verb raises MissingTile."""

    hashes: Mapping[TileKey, bytes]
    """Of each tile the hashes that are known, one behind the other."""

    def root(self, size: int) -> bytes:
        """The root of the tree over the first `size` leaves."""
        return self.range_root(0, size)

    def range_root(self, start: int, end: int) -> bytes:
        """The root of the subtree over the leaves [start, end); ValueError when they are not aligned as one."""
        if not is_subtree(start, end):
            raise ValueError(f"[{start}, {end}) is no subtree")
        if start == end:
            return EMPTY_ROOT
        *left, (height, index) = perfect(start, end)
        root = self._perfect_root(height, index)
        for height, index in reversed(left):
            root = node_hash(self._perfect_root(height, index), root)
        return root

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is part of the tree of that size (RFC 6962 §2.1.1)."""
        return self.subtree(index, index + 1, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of size `new` begins with the one of size `old` (RFC 6962 §2.1.2)."""
        return self.subtree(0, old, new)

    def subtree(self, start: int, end: int, size: int) -> list[bytes]:
        """The proof that the leaves [start, end) are part of the tree of that size (tlog-mirror's add-entries)."""
        return [self.range_root(lo, hi) for lo, hi in _proof(start, end, size)]

    def _perfect_root(self, height: int, index: int) -> bytes:
        level, first, last = _place(height, index)
        key = level, first // TILE_WIDTH
        at = first % TILE_WIDTH * HASH_SIZE
        wanted = (last - first) * HASH_SIZE
        found = self.hashes.get(key, b"")[at : at + wanted]
        if len(found) < wanted:
            raise MissingTile(key)
        return root_of_packed(found)


def needed_for_root(size: int) -> set[TileKey]:
    """The tiles that `root` reads: the partial ones, and above them those that hold full ones."""
    return _tiles_of([(0, size)])


def needed_for_growth(size: int) -> set[TileKey]:
    """The tiles that `grow` reads and goes on filling."""
    return _tiles_of([(0, size)])


def needed_for_inclusion(index: int, size: int) -> set[TileKey]:
    """The tiles that `inclusion` reads."""
    return needed_for_subtree(index, index + 1, size)


def needed_for_consistency(old: int, new: int) -> set[TileKey]:
    """The tiles that `consistency` reads."""
    return needed_for_subtree(0, old, new)


def needed_for_subtree(start: int, end: int, size: int) -> set[TileKey]:
    """The tiles that `subtree` reads."""
    return _tiles_of(_proof(start, end, size))


def needed_for_range(start: int, end: int) -> set[TileKey]:
    """The tiles that `range_root` reads."""
    return _tiles_of([(start, end)])


def tile_width(level: int, number: int, size: int) -> int:
    """How many hashes this tile has in a tree of that size: 256, fewer, or 0 where there is none."""
    return max(0, min(TILE_WIDTH, (size >> _HEIGHT * level) - number * TILE_WIDTH))


def grow(tiles: Mapping[TileKey, bytes], size: int, leaf_hashes: Sequence[bytes]) -> dict[TileKey, bytes]:
    """Add leaves behind the first `size`: the tiles that change, whole. Costs one or two hashes for each leaf.

    `tiles` must hold those of `needed_for_growth(size)`; raises MissingTile.
    """
    changed: dict[TileKey, bytes] = {}
    level, fresh = 0, b"".join(leaf_hashes)
    while fresh:
        number, width = divmod(size >> _HEIGHT * level, TILE_WIDTH)
        row = _known(tiles, (level, number), width) + fresh
        fulls = []
        for at in range(0, len(row), TILE_WIDTH * HASH_SIZE):
            tile = row[at : at + TILE_WIDTH * HASH_SIZE]
            changed[level, number] = tile
            number += 1
            if len(tile) == TILE_WIDTH * HASH_SIZE:
                fulls.append(root_of_packed(tile))
        level, fresh = level + 1, b"".join(fulls)
    return changed


def _known(tiles: Mapping[TileKey, bytes], key: TileKey, width: int) -> bytes:
    """The first hashes of a tile; more than that belongs to another tree."""
    hashes = tiles.get(key, b"")[: width * HASH_SIZE] if width else b""
    if len(hashes) < width * HASH_SIZE:
        raise MissingTile(key)
    return hashes


def _proof(start: int, end: int, size: int) -> list[Range]:
    if not is_subtree(start, end) or end > size:
        raise ValueError(f"[{start}, {end}) is no subtree of a tree of {size} leaves")
    return proof_ranges(start, end, size)


def _tiles_of(ranges: Iterable[Range]) -> set[TileKey]:
    found = set()
    for lo, hi in ranges:
        for height, index in perfect(lo, hi):
            level, first, _ = _place(height, index)
            found.add((level, first // TILE_WIDTH))
    return found


def _place(height: int, index: int) -> tuple[int, int, int]:
    """The level whose hashes [first, last) stand below the `index`th full subtree of this height; all in one tile."""
    level, above = divmod(height, _HEIGHT)
    return level, index << above, (index + 1) << above


@dataclass(frozen=True, slots=True)
class TileName:
    """What a path asks for: a tile of hashes, or with `level` None a bundle of entries."""

    level: int | None
    number: int
    width: int


def tile_path(level: int | Literal["entries"], number: int, width: int = TILE_WIDTH) -> str:
    """Where a tile or bundle lies below a log's prefix: number 1234067 of level 0 is `tile/0/x001/x234/067`."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def parse_tile_path(path: str) -> TileName | None:
    """What this path names; None for anything but the one spelling that `tile_path` has for it."""
    found = _PATH.fullmatch(path) if len(path) <= _MAX_PATH else None
    if found is None:
        return None
    level = None if found[1] == "entries" else int(found[1])
    width = TILE_WIDTH if found[3] is None else int(found[3])
    number = int(found[2].replace("/", "").replace("x", ""))
    if (level or 0) > _MAX_LEVEL or not 0 < width <= TILE_WIDTH:
        return None
    spelled = tile_path("entries" if level is None else level, number, width)
    return TileName(level, number, width) if spelled == path else None


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one behind the other, each behind its length in two bytes; raises BadBundle for one that is too long."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise BadBundle(f"An entry of a log has at most {MAX_ENTRY} bytes; one of these is longer.")
    return b"".join(part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry))


def read_bundle(raw: bytes, *, most: int) -> list[bytes]:
    """The entries of a bundle, `most` at most; raises BadBundle."""
    entries: list[bytes] = []
    at = 0
    while at < len(raw):
        begins = at + 2
        at = begins + int.from_bytes(raw[at:begins], "big")
        if begins > len(raw) or at > len(raw):
            raise BadBundle("The last entry of this bundle is cut off; ask for it again.")
        if len(entries) == most:
            raise BadBundle(f"This bundle has more than the {most} entries it was asked for; it is not used.")
        entries.append(raw[begins:at])
    return entries
