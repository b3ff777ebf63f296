"""Finding out a mirror that signs a size that it does not hold: by asking it for entries by chance (protocol §4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.errors import BadAnswer, TooLarge, Unreachable
from federation.mirror.errors import BadSource, BrokenLog
from federation.mirror.heads import HeadStore, keep_evidence
from federation.mirror.source import PlainWire, Source
from storage.ids import Did
from storage.records import KeptLog, Leaf, Peer, Receipt
from storage.store import Receipts

log = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=6)
_OUR_TURN_LATER: Final = frozenset({429, 500, 502, 503, 504})
"""Answers that say nothing about what is held."""


class AuditStore(HeadStore, Receipts, Protocol):
    """What is compared."""


class Unserved(BadSource):
    """It promised to serve this, and does not."""


@dataclass(slots=True, kw_only=True)
class Auditor:
    """Asks each mirror that has given a receipt for one entry and its activity, each few hours."""

    store: AuditStore
    wire: PlainWire
    now: Callable[[], datetime]
    chance: Callable[[int], int]
    """A number of that many bits."""
    _due: dict[Did, datetime] = field(default_factory=dict)

    async def audit_due(self, mirrors: Sequence[Peer], ours: KeptLog) -> int:
        """Ask those whose turn it is; how many were."""
        receipts = {one.mirror: one for one in await self.store.list_receipts(ours.name)}
        now = self.now()
        due = [one for one in mirrors if one.did in receipts and self._due.setdefault(one.did, now + EVERY) <= now]
        for mirror in due:
            self._due[mirror.did] = now + EVERY
        await asyncio.gather(*(self.audit(mirror, ours, receipts[mirror.did]) for mirror in due))
        return len(due)

    async def audit(self, mirror: Peer, ours: KeptLog, receipt: Receipt) -> bool:
        """Whether it serves an entry, drawn by lot, below the size that it signed; evidence when it does not."""
        if receipt.size == 0:
            return True
        place = self.chance(64) % receipt.size
        leaf = (await self.store.list_leaves(ours.name, place, 1))[0]
        try:
            await self._compare(Source(wire=self.wire, home=mirror.url, log=ours.name), leaf)
        except (Unserved, TooLarge, BadSource) as problem:
            await self._keep(mirror, ours, receipt, leaf, str(problem))
            return False
        except BadAnswer as problem:
            if problem.status in _OUR_TURN_LATER:
                return True
            await self._keep(mirror, ours, receipt, leaf, str(problem))
            return False
        except Unreachable:
            return True  # whoever does not answer says nothing
        return True

    async def _compare(self, source: Source, leaf: Leaf) -> None:
        if await source.entries(leaf.place, leaf.place + 1) != [leaf.entry]:
            raise Unserved(f"{source.home} serves another entry {leaf.place} of our log than it signed.")
        fresh = await self.store.find_leaf(source.log, leaf.digest)
        body = await source.activity(leaf.digest)
        is_due = body is None and fresh is not None and fresh.state == "held"
        if is_due and leaf.object not in await source.withheld():
            raise Unserved(f"{source.home} does not serve the activity of entry {leaf.place} of our log.")
        if body is not None and leaf.body is not None and body != leaf.body:
            raise Unserved(f"{source.home} serves other bytes than the entry {leaf.place} of our log names.")

    async def _keep(self, mirror: Peer, ours: KeptLog, receipt: Receipt, leaf: Leaf, why: str) -> None:
        """Against the mirror, not against us."""
        found = BrokenLog(why, first=(receipt.line + ours.name).encode(), second=leaf.entry, kind="lapse")
        about = next(iter(await self.store.list_logs(mirror.did)), None)
        if about is not None and await keep_evidence(self.store, about, found, at=self.now()):
            log.error("a mirror does not serve what it signed", extra={"mirror": mirror.did, "place": leaf.place})
