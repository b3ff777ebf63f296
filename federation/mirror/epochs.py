"""From one epoch of a peer's log to the next: the prefix of both is kept, the rest is evidence (protocol §4)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final, Protocol

from federation.log.kept import read_root
from federation.mirror.errors import BrokenLog
from federation.mirror.heads import HeadStore, keep_evidence
from federation.mirror.receive import new_log
from federation.mirror.unions import KnownUnion
from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import TILE_WIDTH, grow, needed_for_growth
from storage.errors import NotFound
from storage.ids import LogName
from storage.records import KeptLog, Tile

log = logging.getLogger(__name__)

_STEP: Final = 4 * TILE_WIDTH
_LIVING: Final = frozenset({"following", "stopped"})


class EpochStore(HeadStore, Protocol):
    """What is copied."""


async def open_epoch(store: EpochStore, union: KnownUnion, *, at: datetime) -> KeptLog:
    """The log of a union's newest epoch, begun with what we hold of the one before when both have the same prefix."""
    await store.add_log(new_log(union))
    kept = await _find(store, union.log)
    older = [one for one in await store.list_logs(kept.did) if one.epoch < kept.epoch and one.state in _LIVING]
    if not older:
        return kept
    if kept.size < union.newest.after.size and await _share_prefix(store, older[0], union, at=at):
        await _copy(store, older[0].name, kept, union.newest.after.size)
    for one in older:
        await store.set_log_state(one.name, "ended")
    return await _find(store, union.log)


async def _share_prefix(store: EpochStore, older: KeptLog, union: KnownUnion, *, at: datetime) -> bool:
    """Whether our copy has the tree that the charter says counts; one that is too short is fetched anew."""
    after = union.newest.after
    if older.size < after.size:
        return False
    is_same = await read_root(store, older.name, after.size) == after.root
    if not is_same or older.size > after.size:
        why = BrokenLog(
            "The copy of the epoch before is another than the new charter says, or goes on beyond it.",
            first=older.checkpoint or older.pending or b"",
            second=union.newest.digest.encode(),
            kind="fork",
        )
        await keep_evidence(store, older, why, at=at)
        log.warning("an epoch ended elsewhere than our copy", extra={"log": older.name, "is_same": is_same})
    return is_same


async def _copy(store: EpochStore, source: LogName, kept: KeptLog, end: int) -> None:
    """Leaf by leaf with their activities, in steps; goes on where it was interrupted."""
    size = kept.size
    while size < end:
        leaves = await store.list_leaves(source, size, min(_STEP, end - size))
        known = await store.find_tiles(kept.name, needed_for_growth(size))
        changed = grow(known, size, leaf_hashes(leaf.entry for leaf in leaves))
        tiles = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()]
        if not leaves or not await store.grow_log(kept.name, expecting=size, leaves=leaves, tiles=tiles):
            return
        size += len(leaves)


async def _find(store: EpochStore, name: LogName) -> KeptLog:
    kept = await store.find_log(name)
    if kept is None:
        raise NotFound(f"The log {name} is not kept any more.")
    return kept
