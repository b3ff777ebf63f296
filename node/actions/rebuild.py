"""`rebuild`: what was made from the union's record is dropped and made again, and both are compared (protocol §3).

Pages are made again in their place. The tree is made again beside the one that is kept, because its head was signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from federation.keys import multihash_sha256
from federation.log.kept import head_in
from federation.tlog.merkle import EMPTY_ROOT, leaf_hash
from federation.tlog.tiles import TileKey, Tiles, grow
from node.actions.pictures import JOB as PICTURES
from node.context import Node
from node.presence import list_at_work
from node.refusal import Refusal
from storage.ids import ActivityId
from storage.records import Activity, KeptLog, Leaf, PlacedEntry

_DERIVED: Final = ("posts", "boosts", "pins", "actors")
_BATCH: Final = 256

_Rows = Mapping[str, Mapping[str, bytes]]
"""By table and row: the digest of what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made again and found equal."""

    rows: Mapping[str, int]
    """Of each table."""
    entries: int
    """Of the record; the tree has as many leaves."""
    root: bytes


async def rebuild(node: Node) -> Rebuilt:
    """Make everything again that is made from the record; `Refusal` when something differs from what stood there.

    Nothing is published meanwhile. A crash in the middle is repaired by the next look at the record.
    """
    await _refuse_company(node)
    async with node.publishing:
        tree = await node.tree.catch_up()
        root = await _compare_tree(tree, node)
        before = await _read_rows(node)
        async with node.turns.wait_for(PICTURES):  # a file that no row names for a moment is not to be swept
            await node.projector.begin_again()
            await node.projector.catch_up()
        after = await _read_rows(node)
        node.readers_bell.ring()
    _refuse_difference(before, after)
    return Rebuilt(rows={table: len(rows) for table, rows in after.items()}, entries=tree.size, root=root)


async def _refuse_company(node: Node) -> None:
    """What one process drops another may miss, so nobody else may be at work."""
    if not node.store.is_shared:
        return
    others = len(await list_at_work(node)) - node.probes.has_doors
    if others > 0:
        who = "another process of this node works" if others == 1 else f"{others} other processes of this node work"
        raise Refusal(
            f"On the store {who}, and would miss what is made again. Stop every other `serve` and `worker`, on all "
            "machines, then run: picketline rebuild"
        )


async def _read_rows(node: Node) -> _Rows:
    found: dict[str, dict[str, bytes]] = {}
    for table in _DERIVED:
        rows: dict[str, bytes] = {}
        after: str | None = None
        while True:
            page, after = await node.store.list_rows(table, after=after, limit=_BATCH)
            for row in page:
                whole = repr(sorted(row.items())).encode()
                rows[str(row.get("id") or row.get("object"))] = hashlib.sha256(whole).digest()
            if after is None:
                break
        found[table] = rows
    return found


def _refuse_difference(before: _Rows, after: _Rows) -> None:
    differing = {
        table: sum(rows.get(key) != before[table].get(key) for key in rows.keys() | before[table].keys())
        for table, rows in after.items()
    }
    if any(differing.values()):
        words = ", ".join(f"{count} {table}" for table, count in differing.items() if count)
        raise Refusal(
            f"What pages showed was not what the record says: {words} differed. The pages show the record again now. "
            "Run: picketline check"
        )


async def _compare_tree(kept: KeptLog, node: Node) -> bytes:
    """The root over a tree that is made anew from the record; `Refusal` unless the kept one is the same."""
    tiles: dict[TileKey, bytes] = {}
    place = 0
    while place < kept.size:
        entries = (await node.store.list_entries(place, _BATCH))[: kept.size - place]
        leaves = await node.store.list_leaves(kept.name, place, len(entries))
        activities = await node.store.list_activities([placed.entry.activity for placed in entries])
        _compare_leaves(entries, leaves, {activity.id: activity for activity in activities})
        tiles |= grow(tiles, place, [leaf_hash(placed.entry.commitment) for placed in entries])
        place += len(entries)
    await _compare_tiles(kept, tiles, node)
    return Tiles(tiles).root(kept.size) if kept.size else EMPTY_ROOT


def _compare_leaves(entries: list[PlacedEntry], leaves: list[Leaf], activities: Mapping[ActivityId, Activity]) -> None:
    if not entries or len(leaves) != len(entries):
        raise _differs("the record and the tree are not equally long")
    for placed, leaf in zip(entries, leaves, strict=True):
        if placed.entry.commitment != leaf.entry:
            raise _differs(f"entry {placed.index} is not the one that the tree was made of")
        digest = json.loads(leaf.entry)["digest"]
        activity = activities.get(placed.entry.activity)
        bodies = [leaf.body, None if activity is None else activity.body or None]
        if leaf.digest != digest or any(body and multihash_sha256(body) != digest for body in bodies):
            raise _differs(f"the bytes of entry {placed.index} are not those that it commits to")
        if leaf.state == "held" and None in bodies:
            raise _differs(f"the bytes of entry {placed.index} are missing")


async def _compare_tiles(kept: KeptLog, tiles: Mapping[TileKey, bytes], node: Node) -> None:
    keys = sorted(tiles)
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        if await node.store.find_tiles(kept.name, some) != {key: tiles[key] for key in some}:
            raise _differs("the tree's hashes are not those of the record")
    if kept.checkpoint is not None:
        head = head_in(kept.checkpoint)
        if head.root != Tiles(tiles).root(head.size):
            raise _differs(f"the head that was signed over {head.size} entries is that of other entries")


def _differs(what: str) -> Refusal:
    return Refusal(
        f"The kept tree does not fit the union's record: {what}. The store is damaged, or somebody changed it. Nothing "
        "was changed. Put the newest copy of the store back, then run: picketline check"
    )
