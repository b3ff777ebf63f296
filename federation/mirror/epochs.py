"""From one epoch of a peer's log to the next: the prefix of both is kept, the rest is evidence (protocol §4)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from federation.log.copying import copy_leaves, let_go
from federation.log.kept import read_root
from federation.mirror.entries import about_actor
from federation.mirror.errors import BrokenLog
from federation.mirror.heads import HeadStore, keep_evidence, prove_root
from federation.mirror.receive import new_log
from federation.mirror.source import Source
from federation.mirror.unions import KnownUnion
from federation.tlog.checkpoints import Checkpoint
from storage.errors import NotFound
from storage.ids import LogName, ObjectId
from storage.records import KeptLog, Leaf

log = logging.getLogger(__name__)

_PAGE: Final = 256
_LIVING: Final = frozenset({"following", "stopped"})
_TAKING: Final = frozenset({"Create", "Update", "Delete"})


class EpochStore(HeadStore, Protocol):
    """What is copied."""


async def open_epoch(store: EpochStore, union: KnownUnion, *, at: datetime) -> KeptLog:
    """The log of a union's newest epoch, begun with what we hold of the one before when both have the same prefix.

    Until the new log is whole once, readers see the old one, as far as it still counts; then its bytes go.
    """
    await store.add_log(new_log(union))
    kept = await _find(store, union.log)
    older = [one for one in await store.list_logs(kept.did) if one.epoch < kept.epoch and one.state in _LIVING]
    if not older:
        return kept
    if kept.checkpoint is None:
        for one in older:
            if one.size >= union.newest.after.size and await _begin(store, one, kept, union, at=at):
                break
        return await _find(store, union.log)
    for one in older:
        await let_go(store, one, kept.name, at=at)
        await store.set_log_state(one.name, "ended")
    return kept


async def adopt_prefix(store: EpochStore, kept: KeptLog, head: Checkpoint, source: Source) -> int:
    """Begin an empty log with what we hold of an earlier epoch, if the source proves that it begins so; how much.

    For a mirror that was behind, or away while an epoch passed: it fetches what it lacks and no more.
    """
    for one in await store.list_logs(kept.did):
        if one.epoch >= kept.epoch or one.state not in _LIVING or not 0 < one.size <= head.size:
            continue
        if await prove_root(source, one.size, head) == await read_root(store, one.name, one.size):
            await copy_leaves(store, one.name, kept, one.size)
            return one.size
    return 0


async def refuse_other_beginning(store: EpochStore, kept: KeptLog, head: Checkpoint, source: Source) -> None:
    """`BrokenLog` when the first head of a new epoch is not over the tree that its charter names, which we hold."""
    if head.size >= kept.size and await prove_root(source, kept.size, head) == await read_root(
        store, kept.name, kept.size
    ):
        return
    raise BrokenLog(
        "The log of the new epoch does not begin with the tree that its charter names; it is stopped. Ask the union by "
        "phone what happened.",
        first=kept.pending or b"",
        second=kept.name.encode(),
        kind="fork",
    )


async def _begin(store: EpochStore, older: KeptLog, kept: KeptLog, union: KnownUnion, *, at: datetime) -> bool:
    """Copy the prefix when our copy, which is long enough, has the tree that the charter says counts; whether so."""
    after = union.newest.after
    is_same = await read_root(store, older.name, after.size) == after.root
    if not is_same or older.size > after.size:
        await _keep_rest(store, older, union, is_same=is_same, at=at)
    if is_same:
        void = await _void(store, older, after.size)
        if void:
            await _show_no_more(store, older, void, after.size, at=at)
        if kept.size < after.size:
            judged_again = partial(_as_before, objects={leaf.object for leaf in void}, at=at)
            await copy_leaves(store, older.name, kept, after.size, judged_again)
    return is_same


async def _keep_rest(store: EpochStore, older: KeptLog, union: KnownUnion, *, is_same: bool, at: datetime) -> None:
    why = BrokenLog(
        "The copy of the epoch before is another than the new charter says, or goes on beyond it.",
        first=older.checkpoint or older.pending or b"",
        second=union.newest.digest.encode(),
        kind="fork",
    )
    if await keep_evidence(store, older, why, at=at):
        log.warning("an epoch ended elsewhere than our copy", extra={"log": older.name, "is_same": is_same})


async def _void(store: EpochStore, older: KeptLog, end: int) -> list[Leaf]:
    """The leaves beyond what counts."""
    found: list[Leaf] = []
    while page := await store.list_leaves(older.name, end + len(found), _PAGE, with_bodies=False):
        found += page
    return found


async def _show_no_more(store: EpochStore, older: KeptLog, void: list[Leaf], end: int, *, at: datetime) -> None:
    """Nothing beyond what counts stands; of what it changed the last valid version does, as far as it is here."""
    standing = {leaf.place: False for leaf in void if leaf.is_standing}
    about = await store.list_object_leaves(older.name, {leaf.object for leaf in void if leaf.type in _TAKING})
    valid: dict[ObjectId, Leaf] = {leaf.object: leaf for leaf in about if leaf.place < end and leaf.type in _TAKING}
    standing |= {
        leaf.place: True
        for leaf in valid.values()
        if leaf.state == "held" and leaf.type != "Delete" and not about_actor(leaf)
    }
    to = older.withdrawn_to
    changes = sorted(standing.items())
    for first in range(0, len(changes), _PAGE):
        some = dict(changes[first : first + _PAGE])
        await store.withdraw_leaves(older.name, expecting=to, to=to, places=(), standing=some, at=at)


def _as_before(leaf: Leaf, *, objects: Collection[ObjectId], at: datetime) -> Leaf:
    """What was taken back by an entry that does not count is wanted or held again; the new log judges it itself."""
    if leaf.object not in objects or leaf.state not in {"hidden", "gone"}:
        return leaf
    return replace(leaf, state="wanted" if leaf.body is None else "held", is_standing=False, changed_at=at)


async def _find(store: EpochStore, name: LogName) -> KeptLog:
    kept = await store.find_log(name)
    if kept is None:
        raise NotFound(f"The log {name} is not kept any more.")
    return kept
