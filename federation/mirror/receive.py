"""`add-checkpoint` (C2SP tlog-witness, answered as tlog-mirror says): somebody tells of a peer's newer head.

Whoever it is, only the log key's signature counts, and nothing is ever fetched from who asked.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol, TypeVar

from federation.budgets import Buckets
from federation.errors import TooMany, Unintelligible
from federation.mirror.errors import Forked
from federation.mirror.heads import HeadStore, only_log_line, pending_head, stop
from federation.mirror.unions import CharterShelf, KnownUnion, know_union
from federation.tlog.checkpoints import Checkpoint, open_checkpoint, origin_of
from federation.tlog.errors import BadCheckpoint, BadProof, ForgedCheckpoint
from federation.tlog.lines import read_decimal, read_hash, write_base64
from federation.tlog.merkle import MAX_PROOF, verify_consistency
from storage.ids import Did
from storage.records import KeptLog, empty_log

LARGEST_SUBMISSION: Final = 32 * 1024
"""Bytes: 63 hashes and a checkpoint of 16 signatures take a third of it."""
_OLD: Final = "old "
_EPOCH: Final = re.compile(r"[1-9][0-9]{0,15}")
K = TypeVar("K", bound=Hashable)


class ReceivingStore(HeadStore, CharterShelf, Protocol):
    """What is read and written."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What is submitted: a head, and the proof that it extends the one of size `old`."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The status of the answer, and the pending size where that is it."""

    status: int
    size: int | None = None


def read_submission(raw: bytes) -> Submission:
    """The parts of a request body; raises Unintelligible."""
    head, empty_line, note = raw.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
        old, proof = read_decimal(first.removeprefix(_OLD)), tuple(map(read_hash, hashes))
    except ValueError:
        raise _no_submission() from None
    if not empty_line or not note or not first.startswith(_OLD) or len(hashes) > MAX_PROOF:
        raise _no_submission()
    return Submission(old, proof, note)


def union_named_in(raw: bytes) -> Did:
    """Whose log a request body is about, as it says; raises Unintelligible."""
    return Did(origin_of(read_submission(raw).note).rpartition("/")[0])


def _no_submission() -> Unintelligible:
    return Unintelligible("This is no add-checkpoint request (C2SP tlog-witness).")


def write_submission(submission: Submission) -> bytes:
    """The request body."""
    lines = [f"{_OLD}{submission.old}", *map(write_base64, submission.proof), "", ""]
    return "\n".join(lines).encode() + submission.note


@dataclass(slots=True, kw_only=True)
class HeadReceiver:
    """Takes heads; one for the whole node."""

    store: ReceivingStore
    own_url: str
    is_mutual: Callable[[Did], Awaitable[bool]]
    """Whether there is a pact; cheap, because anybody may ask."""
    may_take: Callable[[Did], Awaitable[bool]]
    wake: Callable[[Did], None]
    """Something is there to pull; nothing waits for it."""
    now: Callable[[], datetime]
    later_epoch: Callable[[Did], None] = lambda _did: None
    """Somebody tells of an epoch that we know no charter of; whoever is called asks for it, and not too often."""
    _of_log: Buckets[tuple[str, bool]] = field(
        default_factory=lambda: Buckets(burst=300, every=timedelta(milliseconds=20), keep=1000)
    )
    """Of signed heads alone, and of those that go on from the pending one apart: none but the log's key makes them."""
    _of_asker: Buckets[tuple[str, int | None]] = field(
        default_factory=lambda: Buckets(burst=60, every=timedelta(milliseconds=200))
    )
    """Who floods uses up its own, and nothing that the log's own node needs."""

    async def receive(self, raw: bytes, *, asker: int | None = None) -> Reply:
        """Take a head; raises Unintelligible for what has not the shape, and TooMany. `asker` is who counts as one."""
        submission = read_submission(raw)
        origin = origin_of(submission.note)
        if not await self.is_mutual(Did(origin.rpartition("/")[0])):
            return Reply(404)
        self._spend(self._of_asker, (origin, asker))
        followed = await find_following(self.store, origin, may_take=self.may_take, own_url=self.own_url)
        if followed is None:
            await self._hear_of_epoch(origin)
            return Reply(404)
        kept, union = followed
        try:
            head = open_checkpoint(submission.note, origin=union.log, public=union.log_key)
        except ForgedCheckpoint:
            return Reply(403)
        except BadCheckpoint:
            return Reply(_status_of(submission.note, union))
        if submission.old > head.size:
            return Reply(400)
        return await self._take(submission, head, kept, union)

    async def _hear_of_epoch(self, origin: str) -> None:
        did = Did(origin.rpartition("/")[0])
        union = await know_union(self.store, did, own_url=self.own_url)
        if union is not None and _epoch_of(origin) > union.newest.epoch and await self.may_take(did):
            self.later_epoch(did)

    def _spend(self, buckets: Buckets[K], key: K) -> None:
        wait = buckets.take(key, self.now())
        if wait:
            raise TooMany("More heads of this log come than it can have.", retry_after=ceil(wait.total_seconds()))

    async def _take(self, submission: Submission, head: Checkpoint, kept: KeptLog, union: KnownUnion) -> Reply:
        known = pending_head(kept)
        if submission.old != known.size:
            return Reply(409, known.size)
        if head.size == known.size:
            self._spend(self._of_log, (kept.name, False))  # anybody can send it again
        if head.size == known.size and head.root != known.root:
            await self._stop(kept, only_log_line(submission.note, union))
            return Reply(422)
        try:
            verify_consistency(
                old_size=known.size, old_root=known.root, new_size=head.size, new_root=head.root, proof=submission.proof
            )
        except BadProof:
            self._spend(self._of_log, (kept.name, False))
            self.wake(kept.did)  # the proof may be wrong, or the head: the log's own tiles will tell
            return Reply(422)
        if head.size > known.size:
            self._spend(self._of_log, (kept.name, True))
        note = only_log_line(submission.note, union)
        if not await self.store.set_pending(kept.name, expecting=known.size, size=head.size, checkpoint=note):
            fresh = await self.store.find_log(kept.name)
            return Reply(404) if fresh is None else Reply(409, fresh.pending_size)
        self.wake(kept.did)
        return Reply(200)

    async def _stop(self, kept: KeptLog, note: bytes) -> None:
        forked = Forked(
            "The log's key signed two heads of one size: somebody shows different people different records.",
            first=kept.pending or b"",
            second=note,
        )
        await stop(self.store, kept, forked, at=self.now())
        self.wake(kept.did)  # readers are told


async def find_following(
    store: ReceivingStore, origin: str, *, may_take: Callable[[Did], Awaitable[bool]], own_url: str
) -> tuple[KeptLog, KnownUnion] | None:
    """The log, of the newest epoch, of a union with a pact; kept from the first time somebody tells of it."""
    did = Did(origin.rpartition("/")[0])
    if not did or not await may_take(did):
        return None
    union = await know_union(store, did, own_url=own_url)
    if union is None or union.log != origin:
        return None
    kept = await store.find_log(union.log)
    if kept is None:
        await store.add_log(new_log(union))
        kept = await store.find_log(union.log)
    return (kept, union) if kept is not None and kept.state == "following" else None


def new_log(union: KnownUnion) -> KeptLog:
    """The log of its newest epoch, empty."""
    newest = union.newest
    return empty_log(union.log, did=newest.union, epoch=newest.epoch, state="following")


def _epoch_of(origin: str) -> int:
    """0 for what names none."""
    epoch = origin.rpartition("/")[2]
    return int(epoch) if _EPOCH.fullmatch(epoch) else 0


def _status_of(note: bytes, union: KnownUnion) -> int:
    """422 for an empty tree with a root that it cannot have, as tlog-witness says; 400 for anything else."""
    lines = note.split(b"\n")
    return 422 if len(lines) > 1 and lines[:2] == [union.log.encode(), b"0"] else 400
