"""From one epoch's log to the next: the leaves that both begin with are copied, and the old log's bytes let go.

What an ended log is asked for is answered from the log that follows, as far as both have the same entries
(`federation.log.serve`): so what is taken back later is gone from both, and nothing is kept twice for long.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import TILE_WIDTH, grow, needed_for_growth
from storage.ids import LogName
from storage.records import KeptLog, Leaf, Tile
from storage.store import KeptLogs

_STEP: Final = 2 * TILE_WIDTH


class CopyingStore(KeptLogs, Protocol):
    """What is copied."""


def _as_it_is(leaf: Leaf) -> Leaf:
    return leaf


async def copy_leaves(
    store: CopyingStore, source: LogName, kept: KeptLog, end: int, change: Callable[[Leaf], Leaf] = _as_it_is
) -> None:
    """Leaf by leaf with their activities, in steps; goes on where it was interrupted."""
    size = kept.size
    while size < end:
        leaves = [change(leaf) for leaf in await store.list_leaves(source, size, min(_STEP, end - size))]
        known = await store.find_tiles(kept.name, needed_for_growth(size))
        changed = grow(known, size, leaf_hashes(leaf.entry for leaf in leaves))
        tiles = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()]
        if not leaves or not await store.grow_log(kept.name, expecting=size, leaves=leaves, tiles=tiles):
            return
        size += len(leaves)


async def let_go(store: CopyingStore, ended: KeptLog, newest: LogName, *, at: datetime) -> None:
    """Hide the activities of an ended log that the newest one has too; their bytes go after the grace. None stands."""
    for start in range(0, ended.size, _STEP):
        leaves = await store.list_leaves(ended.name, start, _STEP, with_bodies=False)
        others = await store.list_leaves(newest, start, _STEP, with_bodies=False)
        same = {other.place for leaf, other in zip(leaves, others, strict=False) if leaf.entry == other.entry}
        places = [leaf.place for leaf in leaves if leaf.place in same and leaf.state in {"held", "wanted"}]
        standing = {leaf.place: False for leaf in leaves if leaf.is_standing}
        if places or standing:
            to = ended.withdrawn_to
            await store.withdraw_leaves(ended.name, expecting=to, to=to, places=places, standing=standing, at=at)
