"""One pull of one log: entries below the pending head, their activities, what they take back, and our receipt.

Steps, each durable and each safe to repeat: grow → fill → settle → promise. A crash in between costs nothing but asking
again, and what is served meanwhile is the last mirror checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import Unreachable
from federation.mirror.epochs import adopt_prefix, refuse_other_beginning
from federation.mirror.errors import BrokenLog, PactEnded, QuotaReached
from federation.mirror.filling import Filler
from federation.mirror.growing import STEP, grow_to
from federation.mirror.heads import pending_head, stop
from federation.mirror.heeding import heeding
from federation.mirror.promise import is_due, is_whole, promise
from federation.mirror.quotas import DAY, Quotas, Taken, check_text, may_grow_by
from federation.mirror.retracting import erase_retracted
from federation.mirror.shares import Shares
from federation.mirror.source import Source
from federation.mirror.telling import failing
from federation.mirror.unions import KnownUnion
from federation.mirror.withdrawals import settle, takings_of
from storage.errors import NotFound
from storage.ids import Did, LogName
from storage.records import KeptLog
from storage.store import Holdings, KeptLogs, Retractions

log = logging.getLogger(__name__)

STRETCH: Final = 2 * STEP
"""Entries before it is looked again how much room there is."""


class PullStore(KeptLogs, Holdings, Retractions, Protocol):
    """What a pull reads and writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What came of a pull."""

    grown: int = 0
    filled: int = 0
    withdrawn_places: frozenset[int] = frozenset()
    is_promised: bool = False
    """Whether our receipt was made anew."""
    why: str | None = None
    """Why the copy is not whole yet; None when it is."""
    is_missing: bool = False
    """Whether that is because no source has an activity."""

    @property
    def withdrawn(self) -> int:
        """How many activities were taken back."""
        return len(self.withdrawn_places)

    @property
    def changed(self) -> bool:
        """Whether anything of it is new to readers."""
        return bool(self.grown or self.filled or self.withdrawn or self.is_promised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Puller:
    """Pulls logs; the caller sees to it that one log is pulled once at a time."""

    store: PullStore
    us: Did
    key: Callable[[], Ed25519PrivateKey]
    """The key that signs our receipts; raises when it is not on this machine."""
    is_mutual: Callable[[Did], Awaitable[bool]]
    now: Callable[[], datetime]
    free: Callable[[], int]
    """Bytes that are free on the disk."""
    quotas: Quotas = field(default_factory=Quotas)
    _shares: Shares = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_shares", Shares(self.store))

    async def pull(self, name: LogName, union: KnownUnion, sources: Sequence[Source], *, may_promise: bool) -> Pulled:
        """Bring the copy up to its pending head, as far as the sources have it and quotas allow.

        Never raises for what a source or the log does wrong: a broken log is stopped, with evidence.
        """
        grown, filled, signed, is_missing = 0, 0, False, False
        withdrawn: frozenset[int] = frozenset()
        why: str | None = None
        go_on = partial(self._go_on, Did(name.rpartition("/")[0]))
        sources = heeding(sources, go_on)
        try:
            grown, why = await self._grow(await self._find(name), union, sources)
            kept = await self._find(name)
            await erase_retracted(self.store, kept.did, name, at=self.now())
            filler = Filler(store=self.store, did=kept.did, name=name, origins=union.origins, at=self.now())
            filler.check_room = partial(self.check_room, name)
            found = await filler.fill(sources, size=kept.size)
            filled = found.kept
            withdrawn = await self._settle(kept, kept.size if found.missing is None else found.missing)
            is_missing = found.missing is not None
            if is_missing:
                why = why or f"No source has activity {found.missing} yet."
            await self._go_on(kept.did)
            signed = may_promise and await self._promise(await self._find(name), union)
        except (PactEnded, QuotaReached) as full:
            why = str(full)
        except BrokenLog as broken:
            why = str(broken)
            await stop(self.store, await self._find(name), broken, at=self.now())
        return Pulled(
            grown=grown,
            filled=filled,
            withdrawn_places=withdrawn,
            is_promised=signed,
            why=why,
            is_missing=is_missing,
        )

    async def find_quota(self, name: LogName) -> str | None:
        """Why nothing more of this log may be taken now; None when it may."""
        try:
            may_grow_by(await self._taken(await self._find(name)), self.quotas)
        except QuotaReached as full:
            return str(full)
        return None

    async def _grow(self, kept: KeptLog, union: KnownUnion, sources: Sequence[Source]) -> tuple[int, str | None]:
        """How many entries are new; and why not all of them are here."""
        head, before, why = pending_head(kept), kept.size, None
        if kept.size < head.size:
            why = "No source serves the newest entries yet."
            for source in sources:
                try:
                    why = await self._grow_from(source, kept.name, union)
                    break
                except Unreachable as problem:
                    log.info("a source of a log fails", extra=failing(source.home, problem, log=kept.name))
            kept = await self._find(kept.name)
        return kept.size - before, why

    async def _grow_from(self, source: Source, name: LogName, union: KnownUnion) -> str | None:
        """Stretch by stretch, and before each it is seen whether there is room; why it ended early."""
        kept = await self._find(name)
        if kept.epoch > 1 and not kept.size:
            await adopt_prefix(self.store, kept, pending_head(kept), source)
        elif kept.epoch > 1 and kept.checkpoint is None:
            await refuse_other_beginning(self.store, kept, pending_head(kept), source)
        while True:
            kept = await self._find(name)
            head = pending_head(kept)
            if kept.size >= head.size:
                return None
            if kept.state != "following":
                return "The log was stopped."
            await self._go_on(kept.did)
            try:
                room = may_grow_by(await self._taken(kept), self.quotas)
            except QuotaReached as full:
                return str(full)
            end = min(head.size, kept.size + min(room, STRETCH))
            if not await grow_to(self.store, kept, head, source, end=end, origins=union.origins, at=self.now()):
                return None

    async def room_for(self, kept: KeptLog) -> int:
        """How many new entries of this log may be kept now; raises PactEnded and QuotaReached."""
        await self._go_on(kept.did)
        return may_grow_by(await self._taken(kept), self.quotas)

    async def check_room(self, name: LogName) -> None:
        """Raise PactEnded or QuotaReached when no activity more may be kept."""
        kept = await self._find(name)
        await self._go_on(kept.did)
        check_text(await self._taken(kept), self.quotas)

    async def _go_on(self, did: Did) -> None:
        """Whoever ends a pact is heeded at once, however long a pull takes."""
        if not await self.is_mutual(did):
            raise PactEnded("The pact has ended.")

    async def _settle(self, kept: KeptLog, to: int) -> frozenset[int]:
        if kept.withdrawn_to >= to:
            return frozenset()
        standing = (await self.store.measure_log(kept.name)).standing
        settled = await settle(self.store, kept.name, to=to, at=self.now(), standing=standing)
        if settled.kept_back:
            log.error(
                "a peer takes back so much at once that it stays until an organiser confirms it",
                extra={"log": kept.name, "objects": len(settled.kept_back)},
            )
        return settled.withdrawn

    async def _promise(self, kept: KeptLog, union: KnownUnion) -> bool:
        at = self.now()
        if kept.state != "following" or not is_due(kept, at) or not await is_whole(self.store, kept):
            return False
        if kept.withdrawn_to < kept.size:
            return False  # the last was brought while the others were fetched: what they take back is looked at first
        return await promise(self.store, kept, union, us=self.us, key=self.key, at=at)

    async def _taken(self, kept: KeptLog) -> Taken:
        logs = await self._mirrored()
        texts = {one.name: (await self.store.measure_log(one.name)).bytes for one in logs}
        media = sum([(await self.store.measure_held_media(did))[0] for did in {one.did for one in logs}])
        in_all = await self._shares.measure([one for one in logs if one.did == kept.did], texts)
        return Taken(
            # other epochs have as much again: a thief who filled one keeps its union from no other
            text=max(texts.get(kept.name, 0), in_all - self.quotas.text),
            today=await self.store.count_leaves_since(kept.did, self.now() - DAY),
            is_first_fill=kept.checkpoint_size == 0,
            by_all=sum(texts.values()) + media,
            free=self.free(),
        )

    async def _mirrored(self) -> list[KeptLog]:
        return [one for one in await self.store.list_logs() if one.state != "ours"]

    async def _find(self, name: LogName) -> KeptLog:
        kept = await self.store.find_log(name)
        if kept is None:
            raise NotFound(f"The log {name} is not kept any more.")
        return kept


async def has_all(store: PullStore, kept: KeptLog) -> bool:
    """Whether nothing below the pending head is missing, as far as a look at what is wanted first tells."""
    if kept.size < kept.pending_size:
        return False
    wanted = await store.list_wanted(kept.name, after=-1, limit=STRETCH // 16)
    return {leaf.place for leaf in wanted} <= await takings_of(store, kept.name, kept.size).find_taken_back(wanted)
