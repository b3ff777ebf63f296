"""Keeps copies of peers' logs: when a peer nudges us, and by asking from time to time; and tells mirrors of ours."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from federation.mirror.asking import Asked, Asker, AskingStore
from federation.mirror.audit import Auditor
from federation.mirror.epochs import EpochStore, open_epoch
from federation.mirror.media import MediaPuller, MediaStore
from federation.mirror.nudge import Nudger, NudgingStore
from federation.mirror.pace import Pace
from federation.mirror.pull import Pulled, Puller, PullStore
from federation.mirror.source import PlainWire, Source
from federation.mirror.unions import KnownUnion, know_union
from federation.troubles import Trouble, woken
from federation.turns import Turns
from storage.errors import StorageError
from storage.ids import Did
from storage.records import KeptLog, Peer

log = logging.getLogger(__name__)

_IDLE: Final = timedelta(seconds=1)
_AFTER_A_FAULT: Final = timedelta(seconds=10)
_ROUNDS: Final = 3
"""Heads that are asked for once more, when what is missing may have been taken back meanwhile."""
_CHARTER_EACH: Final = 2
"""Polls for each of which a charter is asked for."""


class Pacts(Protocol):
    """Who is a peer, as `federation.mirror.pacts.Pacts` knows it."""

    async def may_take(self, did: Did) -> bool:
        """Whether anything new of this union may be taken."""

    async def may_cosign(self, did: Did) -> bool:
        """Whether we may promise anything about its log."""

    async def list_mutual(self) -> list[Peer]:
        """The peers with whom a pact stands."""

    async def note(self, did: Did, **changes: Any) -> Peer | None:
        """Change what is kept about a peer."""


class MirrorStore(AskingStore, EpochStore, MediaStore, NudgingStore, PullStore, Protocol):
    """What mirroring reads and writes."""


@dataclass(slots=True, kw_only=True)
class MirrorWorker:
    """Attends to each peer when it is due or somebody told of it, one at a time for each; `wake` it then."""

    store: MirrorStore
    wire: PlainWire
    pacts: Pacts
    turns: Turns
    asker: Asker
    puller: Puller
    media: MediaPuller
    nudger: Nudger
    auditor: Auditor
    us: Did
    own_url: str
    pace: Pace
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    grown: Callable[[], None] = lambda: None
    """Called when a mirror checkpoint was made."""
    changed: Callable[[], None] = lambda: None
    """Called when what readers see of a peer has changed."""
    may_claim: Callable[[], bool] = lambda: True
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _told: set[Did] = field(default_factory=set)
    _quiet: dict[Did, int] = field(default_factory=lambda: defaultdict(int))
    _polls: dict[Did, int] = field(default_factory=lambda: defaultdict(int))
    _one_at_a_time: dict[Did, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _trouble: Trouble = field(default_factory=lambda: Trouble(log, "mirrors"))

    def wake(self, did: Did | None = None) -> None:
        """A peer has a new head, or we have."""
        if did is not None:
            self._told.add(did)
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
        except StorageError as problem:
            self._trouble.halts(problem)
            return
        jobs: dict[str, Coroutine[Any, Any, object]] = {"tell": self._tell(peers)}
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
        return told + attended

    async def sync(self, did: Did | None = None) -> dict[Did, Pulled]:
        """Attend to all peers now, or to one; what came of it."""
        peers = [peer for peer in await self.pacts.list_mutual() if did in (None, peer.did)]
        return {peer.did: await self._attend(peer, is_poll=True) or Pulled(why="It is being pulled.") for peer in peers}

    async def _tell(self, peers: list[Peer]) -> int:
        ours = next(iter(await self.store.list_logs(self.us)), None)
        if ours is None or not peers:
            return 0
        return await self.nudger.nudge_all(peers, ours) + await self.auditor.audit_due(peers, ours)

    async def _attend_to_due(self, peers: list[Peer]) -> int:
        now = self.now()
        due = [self._attend(peer, is_poll=peer.poll_at <= now) for peer in self._due(peers)]
        return sum(pulled is not None for pulled in await asyncio.gather(*due))

    def _due(self, peers: list[Peer]) -> list[Peer]:
        now = self.now()
        return [peer for peer in peers if peer.poll_at <= now or peer.did in self._told]

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

    async def _visit(self, peer: Peer, *, is_poll: bool) -> Pulled:
        """Ask if it is time, pull what is missing, and note how it went."""
        if is_poll and self._polls[peer.did] % _CHARTER_EACH == 0:
            await self._ask_charter(peer)
        union = await know_union(self.store, peer.did, own_url=self.own_url)
        if union is None or not await self.pacts.may_take(peer.did):
            await self._note(peer, None, Pulled(), is_poll=is_poll)
            return Pulled(why="Its charter is not known, or two of them stand against each other.")
        kept = await open_epoch(self.store, union, at=self.now())
        asked = await self._ask_head(union, kept) if is_poll else None
        pulled = await self._pull(union, kept)
        await self._note(peer, asked, pulled, is_poll=is_poll)
        if pulled.is_promised:
            self.grown()
        if pulled.changed:
            self.changed()
        return pulled

    async def _pull(self, union: KnownUnion, kept: KeptLog) -> Pulled:
        """What is missing may have been taken back meanwhile: then a newer head says so."""
        pulled = Pulled()
        for _ in range(_ROUNDS):
            fresh = await self.store.find_log(kept.name)
            if fresh is None or fresh.state != "following":
                return Pulled(why="The log is stopped; `picketline mirror status` tells more.")
            homes, mirrors = await self.sources(union)
            may_promise = await self.pacts.may_cosign(kept.did)
            step = await self.puller.pull(kept.name, union, [*homes, *mirrors], may_promise=may_promise)
            pulled = _together(pulled, step)
            await self._pull_media(union, kept, step, [*homes, *mirrors])
            if step.why is None or not step.is_missing or not (await self._ask_head(union, fresh)).is_ahead:
                break
        return pulled

    async def _pull_media(self, union: KnownUnion, kept: KeptLog, step: Pulled, sources: list[Source]) -> None:
        if step.withdrawn:
            await self.media.name_anew(kept.did, kept.name, step.withdrawn_places)
        if (await self.store.measure_held_media(kept.did))[1]:
            await self.media.pull(union.newest.union, sources)

    async def sources(self, union: KnownUnion) -> tuple[list[Source], list[Source]]:
        """Its homes, and the other mirrors that we have a pact with: whoever may have its log."""
        did = union.newest.union
        mirrors = [peer.url for peer in await self.pacts.list_mutual() if peer.did != did]
        homes = [home for home in union.newest.homes if home != self.own_url]
        return self._at(homes, union), self._at([url for url in mirrors if url not in homes], union)

    def _at(self, urls: list[str], union: KnownUnion) -> list[Source]:
        return [Source(wire=self.wire, home=url, log=union.log) for url in urls]

    async def _ask_head(self, union: KnownUnion, kept: KeptLog) -> Asked:
        homes, mirrors = await self.sources(union)
        return await self.asker.ask_head(union, kept, homes, mirrors)

    async def _ask_charter(self, peer: Peer) -> None:
        mirrors = [one.url for one in await self.pacts.list_mutual() if one.did != peer.did]
        union = await know_union(self.store, peer.did, own_url=self.own_url)
        homes = [peer.url] if union is None else list(union.newest.homes)
        await self.asker.ask_charter(peer, homes, mirrors)

    async def _note(self, peer: Peer, asked: Asked | None, pulled: Pulled, *, is_poll: bool) -> None:
        """When it is asked next, and whether its home answered."""
        if not is_poll:
            self._quiet[peer.did] = 0
            return
        self._polls[peer.did] += 1
        self._quiet[peer.did] = 0 if pulled.grown else self._quiet[peer.did] + 1
        now = self.now()
        changes: dict[str, object] = {"poll_at": now + self.pace.next_poll(self._quiet[peer.did], self.jitter)}
        if asked is not None and asked.home_answered:
            changes |= {"heard_at": now, "silent_since": None, "failures": 0}
        elif asked is not None:
            changes |= {"silent_since": peer.silent_since or now, "failures": peer.failures + 1}
        await self.pacts.note(peer.did, **changes)


def _together(one: Pulled, other: Pulled) -> Pulled:
    return Pulled(
        grown=one.grown + other.grown,
        filled=one.filled + other.filled,
        withdrawn_places=one.withdrawn_places | other.withdrawn_places,
        is_promised=one.is_promised or other.is_promised,
        why=other.why,
        is_missing=other.is_missing,
    )
