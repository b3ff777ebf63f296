"""Looks into who asks to be a peer, and asks around until a second source knows a new one; a lane apart.

A Follow of our node waits as a follower of it until its home has shown an actor and a charter that fit. Effects in the
inbox ask nobody anything, so that no home that hangs holds up everybody else's words.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.addresses import origin
from federation.answering import rejection
from federation.budgets import Buckets
from federation.delivery.send import Sender
from federation.errors import CharterRefused, FederationError, OutOfKeys, Refused, TooMany, Unreachable
from federation.mirror.charters import take_charter
from federation.mirror.homes import Homes
from federation.mirror.pacts import Pacts, PactStore
from federation.troubles import Trouble, keep_at
from federation.turns import Turns
from storage.ids import ActorId, Did, Host
from storage.records import Follower, Peer
from storage.store import Followers

log = logging.getLogger(__name__)

MOST_ASKING: Final = 100
"""Follows of our node that wait to be looked into."""
MOST_WAITING: Final = 50
"""Strangers that wait for our organisers."""
LONG: Final = timedelta(hours=1)
"""After so long without a word of a union all known mirrors are asked for its charter when the node starts."""
PATIENCE: Final = timedelta(hours=1)
"""How long a home that does not answer is asked again."""
_AGAIN: Final = timedelta(minutes=5)
_FIRST_ROUND: Final = timedelta(seconds=5)
_AT_ONCE: Final = 4
_IDLE: Final = timedelta(seconds=30)
_SHORT: Final = timedelta(seconds=1)


class AskedStore(Followers, PactStore, Protocol):
    """What is read and written."""


@dataclass(slots=True, kw_only=True)
class PactWorker:
    """Looks into what asks; `wake` it when something does."""

    store: AskedStore
    pacts: Pacts
    homes: Homes
    sender: Sender
    turns: Turns
    us: ActorId
    now: Callable[[], datetime]
    may_claim: Callable[[], bool] = lambda: True
    """While it says no, nothing new is begun."""
    _due: dict[ActorId, datetime] = field(default_factory=dict)
    _was_away: bool = True
    """Until the mirrors were asked about every union that was not heard for long: this process has just begun."""
    _rounds: dict[Did, tuple[int, datetime]] = field(default_factory=dict)
    """Of each unconfirmed peer how often the mirrors were asked, and when they are again."""
    _budget: Buckets[Host] = field(default_factory=lambda: Buckets(burst=5, every=timedelta(minutes=1)))
    """Looks at one host: each is two requests of ours."""
    _in_all: Buckets[str] = field(default_factory=lambda: Buckets(burst=50, every=timedelta(seconds=2), keep=1))
    _trouble: Trouble = field(default_factory=lambda: Trouble(log, "pacts"))
    _awake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Somebody asked, or a pact has changed."""
        self._awake.set()

    async def run_once(self) -> int:
        """Look into what is due now; how much was tried."""
        if not self.may_claim():
            return 0
        async with self.turns.try_for("pacts") as turn:
            if turn is None:
                return 0
            async with self.turns.keeping(turn):
                await self._catch_up()
                return await self._look_into_all() + await self._confirm_all()

    async def run(self) -> None:
        """Work until cancelled; nothing else ends it."""
        await keep_at(self.run_once, self._awake, self._trouble, wait=self._time_to_next)

    def _time_to_next(self) -> timedelta:
        due = [at - self.now() for _, at in self._rounds.values()]
        return max(min([*due, _IDLE]), _SHORT)

    async def _look_into_all(self) -> int:
        asking = await self.store.list_followers(self.us, after=None, limit=MOST_ASKING)
        due = [one for one in asking if self._due.get(one.actor, self.now()) <= self.now()]
        self._due = {one.actor: self._due[one.actor] for one in asking if one.actor in self._due}
        for start in range(0, len(due), _AT_ONCE):
            await asyncio.gather(*map(self._look_into, due[start : start + _AT_ONCE]))
        return len(due)

    async def _look_into(self, follower: Follower) -> None:
        try:
            await self._judge(follower)
        except (Unreachable, TooMany, OutOfKeys) as problem:
            if self.now() - follower.since < PATIENCE:
                self._due[follower.actor] = self.now() + _AGAIN
                return
            log.info("a node that asked to be a peer did not answer", extra={"why": type(problem).__name__})
        except FederationError as refusal:
            log.info("refused", extra={"type": "Follow", "why": type(refusal).__name__})
            await self.sender.send(rejection(follower, answered_at=follower.since))
        standing = await self.store.find_follower(follower.actor, self.us)
        if standing is not None and standing.activity == follower.activity:  # else it asked once more meanwhile
            await self.store.remove_follower(follower.actor, self.us)

    async def _judge(self, follower: Follower) -> None:
        """Believe that this union asks, or raise; whether it becomes a peer the table of steps says."""
        home = origin(follower.actor)
        if wait := self._budget.take(Host(home), self.now()) or self._in_all.take("all", self.now()):
            raise TooMany(f"{home} asks too often.", retry_after=int(wait.total_seconds()) + 1)
        peer = await self.pacts.meet(await self.homes.visit(home, for_stranger=True))
        if await self.store.find_peer(peer.did) is None and await self._is_full():
            raise Refused("Enough nodes wait for our organisers already.")
        if await self.store.find_follower(follower.actor, self.us) is not None:  # else it took it back meanwhile
            await self.pacts.happen("they ask", peer, their_follow=follower.activity, at=follower.since)

    async def _is_full(self) -> bool:
        peers = await self.store.list_peers()
        return sum(peer.state == "waiting" for peer in peers) >= MOST_WAITING

    async def _catch_up(self) -> None:
        """Behind a start after long: a home may have been captured meanwhile, so the mirrors are asked first."""
        if not self._was_away:
            return
        self._was_away = False
        mutual = await self.pacts.list_mutual()
        for peer in mutual:
            if peer.heard_at is None or self.now() - peer.heard_at > LONG:
                await self._ask_around(peer, mutual)

    async def _confirm_all(self) -> int:
        """Ask the other mirrors about each new peer, soon and then less and less often; how many were asked about."""
        mutual = await self.pacts.list_mutual()
        new = [peer for peer in mutual if peer.confirmed_at is None] if len(mutual) > 1 else []
        self._rounds = {peer.did: self._rounds.get(peer.did, (0, self.now())) for peer in new}
        due = [peer for peer in new if self._rounds[peer.did][1] <= self.now()]
        for peer in due:
            rounds = self._rounds[peer.did][0]
            await self._ask_around(peer, mutual)
            self._rounds[peer.did] = rounds + 1, self.now() + min(_FIRST_ROUND * 2 ** min(rounds, 10), _AGAIN)
        return len(due)

    async def _ask_around(self, peer: Peer, mutual: list[Peer]) -> None:
        for url, _, raw in await self.homes.ask_mirrors(mutual, peer.did):
            try:
                taken = await take_charter(self.store, raw, from_url=url, at=self.now())
            except CharterRefused as refusal:
                log.info("refused", extra={"type": "Charter", "why": type(refusal).__name__})
                continue
            if taken.confirms or taken.is_new:
                self.pacts.forget()
