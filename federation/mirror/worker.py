"""Keeps copies of peers' logs: when a peer nudges us, and by asking from time to time; and tells mirrors of ours."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from federation.mirror.audit import Auditor
from federation.mirror.nudge import Nudger, NudgingStore
from federation.mirror.pull import Pulled
from federation.mirror.visits import Pacts, Visits, VisitStore
from federation.troubles import Trouble, woken
from federation.turns import Turns
from storage.errors import StorageError
from storage.ids import Did
from storage.records import KeptLog, Peer

log = logging.getLogger(__name__)

_IDLE: Final = timedelta(seconds=1)
_AFTER_A_FAULT: Final = timedelta(seconds=10)


class MirrorStore(VisitStore, NudgingStore, Protocol):
    """What mirroring reads and writes."""


@dataclass(slots=True, kw_only=True)
class MirrorWorker:
    """Attends to each peer when it is due or somebody told of it, one at a time for each; `wake` it then."""

    store: MirrorStore
    pacts: Pacts
    turns: Turns
    visits: Visits
    nudger: Nudger
    auditor: Auditor
    us: Did
    now: Callable[[], datetime]
    may_claim: Callable[[], bool] = lambda: True
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _told: set[Did] = field(default_factory=set)
    _one_at_a_time: dict[Did, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _trouble: Trouble = field(default_factory=lambda: Trouble(log, "mirrors"))

    def wake(self, did: Did | None = None) -> None:
        """A peer has a new head, or we have."""
        if did is not None:
            self._told.add(did)
        self._awake.set()

    def hear_of_epoch(self, did: Did) -> None:
        """Anybody may say that a peer has a new charter; its home is asked for it, now and then at most."""
        self.visits.hear_of_epoch(did)
        self._awake.set()

    async def run(self) -> None:
        """Work until cancelled; nothing else ends it."""
        under_way: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                self._awake.clear()
                await self._begin(under_way)
                await woken(self._awake, _IDLE)
        finally:
            for task in under_way.values():
                task.cancel()
            await asyncio.gather(*under_way.values(), return_exceptions=True)

    async def _begin(self, under_way: dict[str, asyncio.Task[None]]) -> None:
        """Each thing that is due and not under way, so that no peer that is slow holds up another, or our own heads."""
        for name in [name for name, task in under_way.items() if task.done()]:
            del under_way[name]
        if not self.may_claim():
            return
        try:
            peers = await self.pacts.list_mutual()
            jobs = await self._tellings(peers)
        except StorageError as problem:
            self._trouble.halts(problem)
            return
        jobs["pass on"] = self._pass_on(peers)
        for peer in self._due(peers):
            jobs[peer.did] = self._attend(peer, is_poll=peer.poll_at <= self.now())
        for name, job in jobs.items():
            if name in under_way:
                job.close()
            else:
                under_way[name] = asyncio.create_task(self._guarded(job), name=f"mirror {name}")

    async def _guarded(self, job: Coroutine[Any, Any, object]) -> None:
        """Nothing that goes wrong with one ends the others."""

        async def is_done() -> bool:
            await job
            return True

        if not await self._trouble.outlive(is_done(), otherwise=False):
            await self.turns.pause(_AFTER_A_FAULT.total_seconds())

    async def run_once(self) -> int:
        """Tell mirrors what is new of ours, and attend to every peer that is due; how many things were done."""
        if not self.may_claim():
            return 0
        peers = await self.pacts.list_mutual()
        told, attended = await asyncio.gather(self._tell(peers), self._attend_to_due(peers))
        return told + attended + await self._pass_on(peers)

    async def sync(self, did: Did | None = None) -> dict[Did, Pulled]:
        """Attend to all peers now, or to one; what came of it."""
        peers = [peer for peer in await self.pacts.list_mutual() if did in (None, peer.did)]
        return {peer.did: await self._attend(peer, is_poll=True) or Pulled(why="It is being pulled.") for peer in peers}

    async def _tell(self, peers: list[Peer]) -> int:
        ours = await self._ours(peers)
        if ours is None:
            return 0
        return await self.nudger.nudge_all(peers, ours) + await self.auditor.audit_due(peers, ours)

    async def _tellings(self, peers: list[Peer]) -> dict[str, Coroutine[Any, Any, object]]:
        """The same as one job for each mirror: none waits for a slow one."""
        ours = await self._ours(peers)
        if ours is None:
            return {}
        due = await self.nudger.list_due(peers, ours)
        jobs: dict[str, Coroutine[Any, Any, object]] = {"audit": self.auditor.audit_due(peers, ours)}
        return jobs | {f"tell {peer.did}": self.nudger.nudge(peer, ours, receipt) for peer, receipt in due}

    async def _ours(self, peers: list[Peer]) -> KeptLog | None:
        return next(iter(await self.store.list_logs(self.us)), None) if peers else None

    async def _attend_to_due(self, peers: list[Peer]) -> int:
        now = self.now()
        due = [self._attend(peer, is_poll=peer.poll_at <= now) for peer in self._due(peers)]
        return sum(pulled is not None for pulled in await asyncio.gather(*due))

    def _due(self, peers: list[Peer]) -> list[Peer]:
        return [peer for peer in peers if self._is_due(peer)]

    def _is_due(self, peer: Peer) -> bool:
        return peer.poll_at <= self.now() or peer.did in self._told or self.visits.may_have_renewed(peer)

    async def _attend(self, peer: Peer, *, is_poll: bool) -> Pulled | None:
        """None when somebody else is at it, here or in another process."""
        one = self._one_at_a_time[peer.did]
        if one.locked():
            return None
        async with one, self.turns.try_for(f"mirror:{peer.did}") as turn:
            if turn is None:
                return None
            self._told.discard(peer.did)
            async with self.turns.keeping(turn):
                return await self._visit(peer, is_poll=is_poll)

    async def _visit(self, peer: Peer, *, is_poll: bool) -> Pulled | None:
        """What of one peer is a mistake of ours keeps nobody from the others, nor from the next round with it."""
        try:
            return await self.visits.visit(peer, is_poll=is_poll)
        except StorageError:
            raise
        except Exception:
            log.exception("a visit failed by a mistake of this program", extra={"mirror": peer.did})
            await self.visits.put_off(peer)
            return None

    async def conclude(self, did: Did) -> None:
        """Settle and promise a peer's log when all of it is here, fetching nothing; or leave it to who is at it."""
        one = self._one_at_a_time[did]
        if one.locked():
            self.wake(did)
            return
        async with one, self.turns.try_for(f"mirror:{did}") as turn:
            if turn is not None:
                async with self.turns.keeping(turn):
                    await self.visits.conclude(did)

    async def _pass_on(self, peers: list[Peer]) -> int:
        return await self.visits.retractor.pass_on(lambda did: [peer.url for peer in peers if peer.did != did])
