"""Telling mirrors of a new head of ours, and fetching what they promise about it (protocol §4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.errors import FederationError
from federation.log.kept import prove_consistency, read_root
from federation.mirror.errors import BadSource, Forked
from federation.mirror.heads import HeadStore, keep_evidence
from federation.mirror.pace import Pace
from federation.mirror.push import Pusher
from federation.mirror.receive import Submission, write_submission
from federation.mirror.source import PlainWire, Source
from federation.mirror.telling import failing
from federation.mirror.unions import CharterShelf, KnownUnion, cosigner_name, know_union
from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from federation.tlog.cosignatures import MAX_AHEAD, MAX_RECEIPTS, add_lines, cosigned_at, verify_cosignature
from federation.tlog.errors import BadCheckpoint, NotSigned
from federation.tlog.lines import read_decimal
from federation.tlog.notes import COSIGNATURE, make_vkey, read_note
from storage.ids import Did, LogName
from storage.records import KeptLog, Peer, Receipt
from storage.store import Receipts

log = logging.getLogger(__name__)

_SIZE_TYPE: Final = "text/x.tlog.size"
_FRESH: Final = timedelta(minutes=70)
"""A mirror signs the same head again each hour; a receipt older than this is asked for again."""

_PATIENCE: Final = 3
"""Times that a mirror is asked for its receipt before it is brought what it may be unable to fetch."""


class NudgingStore(HeadStore, CharterShelf, Receipts, Protocol):
    """What is read and written."""


@dataclass(slots=True)
class _Tried:
    """What became of telling one mirror."""

    log: LogName
    size: int = 0
    """The head it was told of last."""
    known: int = 0
    """The size of our log that it knows."""
    tries: int = 0
    at: datetime | None = None
    is_pushed: bool = False
    """Whether it is being brought our log, and more is to come."""
    has_to_be_brought: bool = False
    """Whether it could not fetch what it has of ours."""


@dataclass(slots=True, kw_only=True)
class Nudger:
    """Tells each mirror of each new head once, and again ever more rarely until its receipt is here."""

    store: NudgingStore
    wire: PlainWire
    pusher: Pusher
    us: Did
    own_url: str
    pace: Pace
    now: Callable[[], datetime]
    kept: Callable[[], None] = lambda: None
    """Called when a receipt was kept."""
    _tried: dict[Did, _Tried] = field(default_factory=dict)

    async def nudge_all(self, mirrors: Sequence[Peer], ours: KeptLog) -> int:
        """Tell those that should be told now, and wait for the slowest; how many were."""
        due = await self.list_due(mirrors, ours)
        await asyncio.gather(*(self.nudge(mirror, ours, receipt) for mirror, receipt in due))
        return len(due)

    async def list_due(self, mirrors: Sequence[Peer], ours: KeptLog) -> list[tuple[Peer, Receipt | None]]:
        """Those that should be told now, each with its newest receipt."""
        if ours.checkpoint is None:
            return []
        receipts = {one.mirror: one for one in await self.store.list_receipts(ours.name)}
        found = [(mirror, receipts.get(mirror.did)) for mirror in mirrors]
        return [(mirror, receipt) for mirror, receipt in found if self._is_due(ours, mirror, receipt)]

    def _is_due(self, ours: KeptLog, mirror: Peer, receipt: Receipt | None) -> bool:
        tried = self._tried.get(mirror.did)
        is_old = receipt is None or receipt.size < ours.checkpoint_size or self.now() - receipt.at > _FRESH
        if not is_old:
            return False
        if tried is None or tried.at is None or (tried.log, tried.size) != (ours.name, ours.checkpoint_size):
            return True
        return self.now() - tried.at >= self.pace.retry(tried.tries)

    async def nudge(self, mirror: Peer, ours: KeptLog, receipt: Receipt | None) -> None:
        """Tell one mirror and fetch its receipt; one that took the head and gives none is brought what it lacks."""
        tried = self._tried.get(mirror.did)
        if tried is None or tried.log != ours.name:
            tried = self._tried[mirror.did] = _Tried(log=ours.name)
        if tried.size != ours.checkpoint_size:
            tried.tries = 0
        tried.size, tried.tries, tried.at = ours.checkpoint_size, tried.tries + 1, self.now()
        tried.known = max(tried.known, 0 if receipt is None else receipt.size)
        union = await know_union(self.store, mirror.did, own_url=self.own_url)
        if union is None:
            return
        for step in (self._tell, self._push):
            try:
                await step(mirror, union, ours, tried)
            except FederationError as problem:
                log.info("a mirror was not told", extra=failing(union.newest.homes[0], problem, mirror=mirror.did))

    async def _tell(self, mirror: Peer, union: KnownUnion, ours: KeptLog, tried: _Tried) -> None:
        home = union.newest.homes[0]
        if tried.known < ours.checkpoint_size and not await self._submit(home, ours, tried):
            await self._submit(home, ours, tried)
        if tried.known >= ours.checkpoint_size and not tried.is_pushed:
            receipt = await self.fetch_receipt(mirror, union, ours, size=ours.checkpoint_size)
            tried.has_to_be_brought &= receipt is None or receipt.size < ours.checkpoint_size

    async def _push(self, mirror: Peer, union: KnownUnion, ours: KeptLog, tried: _Tried) -> None:
        """Only to who has had the time to fetch it, or could not the last time."""
        was_pushed, tried.is_pushed = tried.is_pushed, False
        is_time = was_pushed or tried.has_to_be_brought or tried.tries >= _PATIENCE
        if tried.known < ours.checkpoint_size or not is_time:
            return
        receipts = {one.mirror: one.size for one in await self.store.list_receipts(ours.name)}
        held = receipts.get(mirror.did, 0)
        if held >= ours.checkpoint_size:
            return
        pushed = await self.pusher.push(mirror.did, union.newest.homes[0], ours, held=held)
        if pushed.is_going_on:
            tried.is_pushed, tried.at = True, None
        if pushed.lines is not None:
            lines = pushed.lines.splitlines(keepends=True)[:MAX_RECEIPTS]
            tried.has_to_be_brought = True
            await self._keep(add_lines(ours.checkpoint or b"", lines), mirror, union, ours)

    async def _submit(self, home: str, ours: KeptLog, tried: _Tried) -> bool:
        """Whether that was all; False when the mirror says from where we should begin."""
        note = ours.checkpoint or b""
        proof = await prove_consistency(self.store, ours.name, tried.known, ours.checkpoint_size)
        body = write_submission(Submission(tried.known, tuple(proof), note))
        answer = await self.wire.post_plain(f"{home}/log/add-checkpoint", body, media_type="text/plain", cap=1024)
        if answer.status == 200:
            tried.known = ours.checkpoint_size
        if answer.status != 409 or not answer.content_type.startswith(_SIZE_TYPE):
            return True
        known = _read_size(answer.body)
        if known > ours.checkpoint_size:
            log.error("a mirror knows a longer log of ours than we do", extra={"mirror": home, "size": known})
            return True
        is_new = known != tried.known
        tried.known = known
        return not is_new or known == ours.checkpoint_size

    async def fetch_receipt(
        self, mirror: Peer, union: KnownUnion, ours: KeptLog, *, size: int | None = None
    ) -> Receipt | None:
        """What the mirror promises about our log now, verified and kept; None when that is nothing new."""
        source = Source(wire=self.wire, home=union.newest.homes[0], log=ours.name)
        raw = await source.checkpoint(size)
        return await self._keep(raw, mirror, union, ours)

    async def _keep(self, raw: bytes, mirror: Peer, union: KnownUnion, ours: KeptLog) -> Receipt | None:
        receipt = await self._read(raw, mirror, union, ours)
        if receipt is None or not await self.store.save_receipt(receipt):
            return None
        self.kept()
        return receipt

    async def _read(self, raw: bytes, mirror: Peer, union: KnownUnion, ours: KeptLog) -> Receipt | None:
        """The receipt in a note: over a head of ours, by the mirror's own key, and not from the future."""
        ourselves = await know_union(self.store, self.us, own_url="")
        if ourselves is None:
            return None
        try:
            head = open_checkpoint(raw, origin=ours.name, public=ourselves.log_key)
            note, name = read_note(raw), cosigner_name(mirror.did)
            at = cosigned_at(note, name=name, public=union.cosigner_key)
        except (BadCheckpoint, NotSigned) as problem:
            raise BadSource(str(problem)) from None
        await self._refuse_foreign(head, raw, ours)
        if at is None or at > self.now() + MAX_AHEAD:
            return None
        if await self._signs_as_another(mirror, union):
            raise BadSource("A mirror names the key of another one as its own: its receipts are the other's.")
        lines = [one.line for one in note.by(make_vkey(name, COSIGNATURE, union.cosigner_key))]
        newest = [
            one for one in lines if verify_cosignature(note.text, one, name=name, public=union.cosigner_key) == at
        ]
        return Receipt(log=ours.name, mirror=mirror.did, size=head.size, at=at, line=newest[0])

    async def _signs_as_another(self, mirror: Peer, union: KnownUnion) -> bool:
        """Whether a peer of longer standing has the same key: then one copy would count as two."""
        for peer in await self.store.list_peers():
            if peer.did == mirror.did:
                break
            other = await know_union(self.store, peer.did, own_url=self.own_url)
            if other is not None and other.newest.cosigner_key == union.newest.cosigner_key:
                return True
        return False

    async def _refuse_foreign(self, head: Checkpoint, raw: bytes, ours: KeptLog) -> None:
        """A head with our signature that our tree does not have: somebody else has our log key, or we were reset."""
        newest = await self.store.find_log(ours.name) or ours  # it may have grown while the mirror was asked
        if head.size <= newest.size and await read_root(self.store, ours.name, head.size) == head.root:
            return
        why = Forked(
            "A head of our own log is about that this node did not make.", first=ours.checkpoint or b"", second=raw
        )
        if await keep_evidence(self.store, ours, why, at=self.now()):
            log.error("a head of our own log is about that this node did not make", extra={"size": head.size})
        raise why


def _read_size(body: bytes) -> int:
    try:
        return read_decimal(body.decode("ascii").removesuffix("\n"))
    except ValueError:
        raise BadSource("A mirror answers 409 without the size that it knows.") from None
