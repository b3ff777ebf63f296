"""Receipts: what we promise about a peer's log, made in one step with its checkpoint here, and only when true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.log.kept import read_root
from federation.mirror.errors import BrokenLog
from federation.mirror.heads import pending_head
from federation.mirror.unions import KnownUnion, cosigner_name
from federation.tlog.cosignatures import add_lines, cosign
from federation.tlog.notes import read_note
from storage.ids import Did
from storage.records import KeptLog
from storage.store import KeptLogs

FRESH_FOR: Final = timedelta(hours=1)
"""An unchanged head is signed again at most so often, so that a receipt says how fresh the copy is."""


class PromiseStore(KeptLogs, Protocol):
    """What promises are made about."""


def is_due(kept: KeptLog, at: datetime) -> bool:
    """Whether there is something new to sign: a larger head, or the same an hour later."""
    if kept.checkpoint is None or kept.pending_size > kept.checkpoint_size:
        return kept.pending is not None
    return kept.checkpoint_at is None or at - kept.checkpoint_at >= FRESH_FOR


async def is_whole(store: PromiseStore, kept: KeptLog) -> bool:
    """Whether everything below the pending size is here: every entry, and every activity that none takes back."""
    return kept.size == kept.pending_size and (await store.measure_log(kept.name)).wanted == 0


async def promise(
    store: PromiseStore,
    kept: KeptLog,
    union: KnownUnion,
    *,
    us: Did,
    key: Callable[[], Ed25519PrivateKey],
    at: datetime,
) -> bool:
    """Cosign the pending head and make it the mirror checkpoint; the caller knows that the log is whole.

    The root over what is kept is computed once more from our own tiles: nothing is signed that we do not hold.
    `BrokenLog` when it is not the tree that the charter says the epoch began with.
    """
    head = pending_head(kept)
    if kept.pending is None or await read_root(store, kept.name, head.size) != head.root:
        return False
    await _check_after(store, kept, union)
    line = cosign(read_note(kept.pending).text, name=cosigner_name(us), key=key(), at=at)
    note = add_lines(kept.pending, [line])
    return await store.set_checkpoint(kept.name, expecting=kept.checkpoint_size, size=head.size, checkpoint=note, at=at)


async def _check_after(store: PromiseStore, kept: KeptLog, union: KnownUnion) -> None:
    """An epoch begins with the tree of the one before, as far as the charter says that it counts."""
    after = union.newest.after
    if kept.epoch != union.newest.epoch or after.size == 0 or kept.size < after.size or kept.checkpoint is not None:
        return
    if await read_root(store, kept.name, after.size) != after.root:
        raise BrokenLog(
            "The log of the new epoch does not begin with the tree that its charter names; it is stopped. Ask the "
            "union by phone what happened.",
            first=kept.pending or b"",
            second=union.newest.digest.encode(),
            kind="fork",
        )
