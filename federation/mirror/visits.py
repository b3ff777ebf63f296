"""One visit at a peer: what is asked of its home and of other mirrors, what is pulled, and what is noted of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from federation.mirror.asking import Asked, Asker, AskingStore
from federation.mirror.epochs import EpochStore, open_epoch
from federation.mirror.hearing import ask_others
from federation.mirror.media import MediaPuller, MediaStore
from federation.mirror.pace import Pace
from federation.mirror.pull import Pulled, Puller, PullStore, has_all
from federation.mirror.retracting import Retractor
from federation.mirror.source import PlainWire, Source
from federation.mirror.unions import KnownUnion, know_union
from storage.ids import Did
from storage.records import KeptLog, Peer

_ROUNDS: Final = 3
"""Heads that are asked for once more, when what is missing may have been taken back meanwhile."""
_CHARTER_EACH: Final = 2
"""Polls for each of which a charter is asked for."""
_RETRACTIONS_EACH: Final = 12
"""And in its stead what the union took back with its kit."""


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


class VisitStore(AskingStore, EpochStore, MediaStore, PullStore, Protocol):
    """What visits read and write."""


@dataclass(slots=True, kw_only=True)
class Visits:
    """Visits of peers, of which the caller lets one at a time be under way for each; what they have shown so far."""

    store: VisitStore
    wire: PlainWire
    pacts: Pacts
    asker: Asker
    puller: Puller
    media: MediaPuller
    retractor: Retractor
    own_url: str
    pace: Pace
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    grown: Callable[[], None] = lambda: None
    """Called when a mirror checkpoint was made."""
    changed: Callable[[], None] = lambda: None
    """Called when what readers see of a peer has changed."""
    _renewed: set[Did] = field(default_factory=set)
    """Of whose later epoch somebody told."""
    _charter_asked: dict[Did, datetime] = field(default_factory=dict)
    _quiet: dict[Did, int] = field(default_factory=lambda: defaultdict(int))
    _polls: dict[Did, int] = field(default_factory=lambda: defaultdict(int))
    _looks: dict[Did, object] = field(default_factory=dict)

    def hear_of_epoch(self, did: Did) -> None:
        """Somebody says that a peer has a new charter."""
        self._renewed.add(did)

    def may_have_renewed(self, peer: Peer) -> bool:
        """Whether it is time to ask its home for a charter that somebody told of."""
        asked_at = self._charter_asked.get(peer.did)
        return peer.did in self._renewed and (asked_at is None or self.now() - asked_at >= self.pace.retry(1))

    async def visit(self, peer: Peer, *, is_poll: bool) -> Pulled:
        """Ask if it is time, pull what is missing, note how it went, and tell readers what looks otherwise now."""
        pulled = await self._visit(peer, is_poll=is_poll)
        if pulled.changed | await self._looks_otherwise(peer.did):
            self.changed()
        return pulled

    async def put_off(self, peer: Peer) -> None:
        """A visit that did not come to its end counts as one all the same: the next asks for something else."""
        await self._note(peer, None, None, Pulled(), is_poll=True)

    async def conclude(self, did: Did) -> None:
        """Settle and promise a peer's log when all of it is here, fetching nothing."""
        union = await know_union(self.store, did, own_url=self.own_url)
        if union is None or not await self.pacts.may_take(did):
            return
        kept = await open_epoch(self.store, union, at=self.now())
        if kept.state != "following" or not await has_all(self.store, kept):
            return
        may_promise = await self.pacts.may_cosign(kept.did)
        pulled = await self.puller.pull(kept.name, union, [], may_promise=may_promise)
        if pulled.withdrawn:
            await self.media.name_anew(kept.did, kept.name, pulled.withdrawn_places)
        if pulled.is_promised:
            self.grown()
        if pulled.changed:
            self.changed()

    async def _visit(self, peer: Peer, *, is_poll: bool) -> Pulled:
        if self.may_have_renewed(peer):
            is_poll = await self._ask_charter(peer, at_home=True) or is_poll
        elif is_poll:
            await self._ask_beside(peer)
        union = await know_union(self.store, peer.did, own_url=self.own_url)
        if union is None or not await self.pacts.may_take(peer.did):
            await self._note(peer, union, None, Pulled(), is_poll=is_poll)
            return Pulled(why="Its charter is not known, or two of them stand against each other.")
        kept = await open_epoch(self.store, union, at=self.now())
        asked = await self._ask_head(union, kept) if is_poll else None
        pulled = await self._pull(union, kept)
        await self._note(peer, union, asked, pulled, is_poll=is_poll)
        if pulled.withdrawn or (peer.silent_since is not None and asked is not None and asked.home_answered):
            await self._ask_retractions(peer)
        if pulled.is_promised:
            self.grown()
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

    async def _ask_beside(self, peer: Peer) -> None:
        """Along with some polls a charter, or what was retracted; both with the first, for we may have slept long."""
        number = self._polls[peer.did]
        if number == 0 or number % _RETRACTIONS_EACH == _CHARTER_EACH:
            await self._ask_retractions(peer)
        if number % _CHARTER_EACH == 0 and number % _RETRACTIONS_EACH != _CHARTER_EACH:
            await self._ask_charter(peer)

    async def _ask_retractions(self, peer: Peer) -> None:
        """Its home, and when that does not answer any other mirror that does."""
        union = await know_union(self.store, peer.did, own_url=self.own_url)
        homes, mirrors = await self.sources(union) if union is not None else ([], [])
        for source in [*homes, *mirrors]:
            if await self.retractor.ask(source.home, peer.did):
                return

    async def _ask_charter(self, peer: Peer, *, at_home: bool = False) -> bool:
        """Whether it was new."""
        if at_home:
            self._renewed.discard(peer.did)
            self._charter_asked[peer.did] = self.now()
        mirrors = [one.url for one in await self.pacts.list_mutual() if one.did != peer.did]
        union = await know_union(self.store, peer.did, own_url=self.own_url)
        homes = [peer.url] if union is None else list(union.newest.homes)
        is_new = await self.asker.ask_charter(peer, homes, mirrors, at_home=at_home)
        if is_new:
            self.changed()
        return is_new

    async def _note(
        self, peer: Peer, union: KnownUnion | None, asked: Asked | None, pulled: Pulled, *, is_poll: bool
    ) -> None:
        """When it is asked next, and whether its home answered."""
        if not is_poll:
            self._quiet[peer.did] = 0
            return
        self._polls[peer.did] += 1
        self._quiet[peer.did] = 0 if pulled.grown else self._quiet[peer.did] + 1
        now = self.now()
        next_poll = now + self.pace.next_poll(self._quiet[peer.did], self.jitter)
        changes: dict[str, object] = {"poll_at": next_poll}
        if asked is not None and asked.home_answered:
            changes |= {"heard_at": now, "silent_since": None, "failures": 0}
            changes |= {"silence_agreed_at": None, "silence_denied_at": None}
        elif asked is not None and union is not None:
            changes |= await self._note_failure(peer, union, next_poll)
        await self.pacts.note(peer.did, **changes)

    async def _note_failure(self, peer: Peer, union: KnownUnion, next_poll: datetime) -> dict[str, object]:
        """One more poll without an answer; once they last for long, what other mirrors say of it."""
        now, since = self.now(), peer.silent_since or self.now()
        changes: dict[str, object] = {"silent_since": since, "failures": peer.failures + 1}
        due = since + self.pace.silent
        if now < due:
            return {**changes, "poll_at": min(next_poll, due)}
        _, mirrors = await self.sources(union)
        agrees = partial(self.pace.agrees, now=now)
        said = await ask_others(peer.did, mirrors, turn=peer.failures, since=since, agrees=agrees)
        if said is None:
            return changes
        return {**changes, "silence_agreed_at": now if said else None, "silence_denied_at": None if said else now}

    async def _looks_otherwise(self, did: Did) -> bool:
        """Whether readers are to be told something else of a peer than after the last visit, beside its words."""
        peer, kept = await self.store.find_peer(did), next(iter(await self.store.list_logs(did)), None)
        if peer is None or kept is None:
            return False
        charters = await self.store.list_charters(did)
        look = (
            self.pace.hearing(peer, self.now()),
            [charter.digest for charter in charters],
            (peer.state, peer.confirmed_at is None),
            (kept.name, kept.state, kept.pending_size > kept.checkpoint_size),
            await self.store.measure_held_media(did),
        )
        before, self._looks[did] = self._looks.get(did), look
        return before != look


def _together(one: Pulled, other: Pulled) -> Pulled:
    return Pulled(
        grown=one.grown + other.grown,
        filled=one.filled + other.filled,
        withdrawn_places=one.withdrawn_places | other.withdrawn_places,
        is_promised=one.is_promised or other.is_promised,
        why=other.why,
        is_missing=other.is_missing,
    )
