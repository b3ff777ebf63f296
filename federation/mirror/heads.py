"""A peer's signed heads compared with what we know of its log: extended, behind, or forked (protocol §4)."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from typing import Final, Protocol

from federation.log.kept import find_tiles, head_in
from federation.mirror.charters import MOST_EVIDENCE
from federation.mirror.errors import BadSource, BrokenLog, Forked
from federation.mirror.source import Source
from federation.mirror.unions import KnownUnion
from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from federation.tlog.errors import BadProof, MissingTile
from federation.tlog.merkle import EMPTY_ROOT, verify_consistency
from federation.tlog.notes import ED25519, make_vkey, read_note
from federation.tlog.tiles import Tiles, needed_for_consistency, needed_for_root
from storage.records import Evidence, EvidenceKind, KeptLog
from storage.store import Holdings, KeptLogs

log = logging.getLogger(__name__)

_STOPPING: Final[frozenset[EvidenceKind]] = frozenset({"fork", "home", "unserved"})


class HeadStore(KeptLogs, Holdings, Protocol):
    """What of a store heads are compared with."""


def read_signed(raw: bytes, union: KnownUnion) -> Checkpoint:
    """A head of a union's newest log, with its log key's signature verified; raises BadCheckpoint."""
    return open_checkpoint(raw, origin=union.log, public=union.log_key)


def only_log_line(raw: bytes, union: KnownUnion) -> bytes:
    """The note with the log's own signature and no other, as it is kept; it was verified before."""
    note = read_note(raw)
    line = note.by(make_vkey(union.log, ED25519, union.log_key))[0].line
    return f"{note.text}\n{line}".encode()


def pending_head(kept: KeptLog) -> Checkpoint:
    """The newest head that is proved to extend all earlier ones."""
    return Checkpoint(kept.name, 0, EMPTY_ROOT) if kept.pending is None else head_in(kept.pending)


async def compare(store: HeadStore, kept: KeptLog, head: Checkpoint, raw: bytes, source: Source) -> bool:
    """Whether this head goes beyond the pending one, which it is then proved to extend; False when it is behind.

    Raises `Forked` when the log's key signed two heads that cannot both be right, and `BadSource` when the source's
    tiles do not lead to the head, which says nothing about the log.
    """
    known = pending_head(kept)
    if head.size <= known.size:
        await _refuse_other_root(store, kept, head, raw)
        return False
    await prove_extension(known, head, source, first=kept.pending or b"", second=raw)
    return True


async def prove_extension(known: Checkpoint, head: Checkpoint, source: Source, *, first: bytes, second: bytes) -> None:
    """Whether the tree that the source has under `head` begins with the one we know."""
    if known.size == 0:
        return
    root = await prove_root(source, known.size, head)
    if root != known.root:
        raise _forked(first, second)


async def prove_root(source: Source, size: int, head: Checkpoint) -> bytes:
    """The root over the first `size` leaves below this head, proved by the source's tiles; raises `BadSource`."""
    if size == head.size:
        return head.root
    wanted = needed_for_root(size) | needed_for_consistency(size, head.size)
    tiles = Tiles(await source.tiles(sorted(wanted), head.size))
    try:
        root = tiles.root(size)
        proof = tiles.consistency(size, head.size)
        verify_consistency(old_size=size, old_root=root, new_size=head.size, new_root=head.root, proof=proof)
    except (BadProof, MissingTile):
        raise BadSource(f"The tiles that {source.home} serves do not lead to the head that the log signed.") from None
    return root


async def _refuse_other_root(store: HeadStore, kept: KeptLog, head: Checkpoint, raw: bytes) -> None:
    """An older head, or this one again, has the root that our own leaves have there."""
    if head.size == kept.pending_size:
        own: bytes | None = pending_head(kept).root
    elif head.size <= kept.size:
        own = (await find_tiles(store, kept.name, needed_for_root(head.size))).root(head.size)
    else:
        own = None
    if own is not None and own != head.root:
        raise _forked(kept.pending or b"", raw)


def speaks_against_log(evidence: Evidence) -> bool:
    """Whether this is what stops a log; not what others claim of its union, nor how it serves what it signed."""
    return evidence.kind in _STOPPING


async def stop(store: HeadStore, kept: KeptLog, why: BrokenLog, *, at: datetime) -> bool:
    """Keep the evidence and take nothing more of this log; whether the evidence is new."""
    is_new = await keep_evidence(store, kept, why, at=at)
    await store.set_log_state(kept.name, "stopped")
    if is_new:
        log.error("a mirrored log was stopped", extra={"log": kept.name, "kind": why.kind, "why": str(why)})
    return is_new


async def keep_evidence(store: Holdings, kept: KeptLog, why: BrokenLog, *, at: datetime) -> bool:
    """Once, whichever comes first; of what is no fork only so many pieces, for whoever errs could err without end."""
    known = await store.list_evidence(kept.did)
    if why.kind != "fork" and sum(piece.kind == why.kind for piece in known) >= MOST_EVIDENCE:
        return False
    together = hashlib.sha256(b"\n".join(sorted((why.first, why.second)))).hexdigest()
    evidence = Evidence(did=kept.did, kind=why.kind, digest=together, first=why.first, second=why.second, found_at=at)
    return await store.add_evidence(evidence)


def _forked(first: bytes, second: bytes) -> Forked:
    return Forked(
        "The log's key signed two heads that cannot both be right: somebody shows different people different records. "
        "The log is stopped, and the last good tree is still served. Ask the union by phone what happened.",
        first=first,
        second=second,
    )
