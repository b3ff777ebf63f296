"""The pacts of this node: who is a peer, and what follows when that changes (protocol §4).

Whoever does anything with a peer asks here first, each time: what ends a pact has its effect at once in this process,
and within a second or so in others of the same store; what is remembered is never older than half a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from federation.answering import acceptance, rejection
from federation.blocks.cut import ways_to
from federation.delivery.send import Letter, Sender, about_pair
from federation.errors import CharterConflict
from federation.following import send_undo
from federation.mirror.charters import admit_charter, change_peer, find_conflict, newest
from federation.mirror.discretion import is_open_to
from federation.mirror.homes import Home
from federation.mirror.steps import Event, Step, Word, next_step, position_of, state_at
from storage.ids import ActivityId, ActorId, Did, InboxUrl
from storage.records import Follower, Following, Peer
from storage.store import Activities, Deliveries, Holdings, Peers, Remotes, Unions

_REMEMBERED: Final = timedelta(seconds=30)


class PactStore(Activities, Deliveries, Holdings, Peers, Remotes, Unions, Protocol):
    """What pacts read and write."""


@dataclass(slots=True, kw_only=True)
class Pacts:
    """Knows the peers, and carries out what happens to a pact; one for the whole node.

    Whoever changes a peer beside it calls `forget`, and `changed` hears of every change.
    """

    store: PactStore
    sender: Sender
    now: Callable[[], datetime]
    new_serial: Callable[[], str]
    changed: Callable[[], None] = lambda: None
    _peers: dict[Did, Peer] | None = None
    _read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    _edition: int = 0
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """The peers have changed."""
        self._peers, self._edition = None, self._edition + 1
        self.changed()

    async def is_mutual(self, did: Did) -> bool:
        """Whether a pact with this union stands: without one nothing is asked of it, taken from it or shown to it."""
        peer = (await self._known()).get(did)
        return peer is not None and peer.state == "mutual"

    async def may_take(self, did: Did) -> bool:
        """Whether anything new of this union may be taken: a pact stands, and its charter is not in dispute."""
        return await self.is_mutual(did) and await find_conflict(self.store, did) is None

    async def may_cosign(self, did: Did) -> bool:
        """Whether we may promise anything about its log: it may be taken, and a second source confirmed it."""
        peer = (await self._known()).get(did)
        return peer is not None and peer.confirmed_at is not None and await self.may_take(did)

    async def is_open_to(self, did: Did, word: str | None) -> bool:
        """Whether who says this word may ask about this union's log; cheap, because anybody may try."""
        peer = (await self._known()).get(did)
        return peer is None or is_open_to(peer, word)

    async def list_mutual(self) -> list[Peer]:
        """The peers with whom a pact stands, the oldest first."""
        return [peer for peer in (await self._known()).values() if peer.state == "mutual"]

    async def note(self, did: Did, **changes: object) -> Peer | None:
        """Change what is kept about a peer, such as when it was heard, and nothing of its pact; None without one."""
        peer = await self.store.find_peer(did)
        if peer is None:
            return None
        noted = await change_peer(self.store, peer, lambda standing: replace(standing, **changes))  # type: ignore[arg-type]
        self._peers, self._edition = None, self._edition + 1
        return noted

    async def meet(self, home: Home, *, is_wanted: bool = False) -> Peer:
        """The peer that lives there, kept or new (then not kept yet), with its charter admitted.

        Raises CharterRefused; a conflict of charters stops no pact that our organisers want or wanted, only what is
        taken by it.
        """
        at = self.now()
        standing = await self.store.find_peer(home.did)
        try:
            await admit_charter(self.store, home.claims, home.charter, home=home.url, at=at, unproven=home.unproven)
        except CharterConflict:
            if not is_wanted and (standing is None or standing.follow is None):
                raise
        await self._forget_strangers(home)
        if standing is None:
            return _new_peer(home, at)
        moved = await change_peer(
            self.store,
            standing,
            lambda peer: replace(peer, url=home.url, actor=home.actor.id, name=home.claims.name),
        )
        if moved != standing:
            self.forget()
        return moved

    async def happen(
        self,
        event: Event,
        peer: Peer,
        *,
        their_follow: ActivityId | None = None,
        at: datetime | None = None,
        say: bool = True,
    ) -> Peer:
        """Let this happen to the pact: keep what becomes of it, tell the other side, and let go of a removed one.

        `at` dates our answers, so that a repeated effect finds its own letter. Without `say` nobody is told.
        """
        async with self._one_at_a_time:
            while True:
                before = await self.store.find_peer(peer.did)
                step = next_step(position_of(before), event)
                if step is None:
                    return before or peer
                serial = self.new_serial()
                kept = self._after(event, before or peer, step, serial, their_follow)
                if await self._keep(kept, before):
                    break
            if kept.state == "removed":
                await self._cancel(kept)
            if say:
                await self._tell(step[1], before or kept, kept, serial, at or self.now())
        self.forget()
        return kept

    def _after(self, event: Event, peer: Peer, step: Step, serial: str, their_follow: ActivityId | None) -> Peer:
        position, words = step
        theirs = their_follow if event == "they ask" else peer.their_follow
        return replace(
            peer,
            state=state_at(position),
            is_accepted=position in {"accepted", "mutual"},
            is_ended=event == "we remove" or (peer.is_ended and event not in {"we ask", "we accept"}),
            their_follow=None if position == "removed" else theirs,
            follow=self.sender.locations.activity(serial) if "Follow" in words else peer.follow,
        )

    async def _keep(self, kept: Peer, before: Peer | None) -> bool:
        """False when another process changed the peer since `before` was read."""
        if before is None:
            return await self.store.add_peer(kept)
        return kept == before or await self.store.save_peer(kept, instead_of=before)

    async def charter_to_show(self, did: Did) -> bytes | None:
        """The newest charter of a union, for whoever asks; None for unlisted mirrors and for who only asked us."""
        us = await self.store.find_union()
        if us is None or us.did != did:
            peer = (await self._known()).get(did)
            if peer is None or peer.is_unlisted or peer.follow is None:
                return None
        charter = await newest(self.store, did)
        return None if charter is None else charter.body

    async def _known(self) -> dict[Did, Peer]:
        if self._peers is None or self.now() - self._read_at > _REMEMBERED:
            edition, at = self._edition, self.now()
            peers = {peer.did: peer for peer in await self.store.list_peers()}
            if edition != self._edition:
                return peers
            self._peers, self._read_at = peers, at
        return self._peers

    async def _forget_strangers(self, home: Home) -> None:
        """Another union asked from this address, was never named here, and lives there no more."""
        for peer in await self.store.list_peers():
            if peer.url == home.url and peer.did != home.did and peer.follow is None:
                await self.store.forget_peer(peer.did)

    async def _cancel(self, peer: Peer) -> None:
        """What waits for its node's own inbox; Undo and Reject still go."""
        await self.store.cancel_inbox_deliveries(ways_to([await self._inbox(peer.actor)]))

    async def _tell(self, words: tuple[Word, ...], before: Peer, kept: Peer, serial: str, at: datetime) -> None:
        inbox, us = await self._inbox(kept.actor), self.sender.locations.instance_actor
        for word in words:
            if word == "Follow":
                await self.sender.send(_follow(us, kept.actor, inbox, serial))
            elif word == "Undo" and before.follow is not None:
                ours = Following(
                    actor=us, follows=kept.actor, activity=before.follow, inbox=inbox, state="asked", asked_at=at
                )
                await send_undo(ours, serial=self.new_serial(), store=self.store, sender=self.sender)
            elif (theirs := kept.their_follow or before.their_follow) is not None:
                answered = their_pending(theirs, kept.actor, us, inbox, at)
                letter = (acceptance if word == "Accept" else rejection)(answered, answered_at=at)
                await self.sender.send(letter)

    async def _inbox(self, actor: ActorId) -> InboxUrl:
        remote = await self.store.find_remote_actor(actor)
        return InboxUrl(f"{actor}/inbox") if remote is None else remote.inbox


def their_pending(follow: ActivityId, actor: ActorId, us: ActorId, inbox: InboxUrl, since: datetime) -> Follower:
    """Their Follow of our node as a row: for the letters that answer it, and while nobody has looked into it."""
    return Follower(
        actor=actor, follows=us, activity=follow, inbox=inbox, shared_inbox=None, state="waiting", since=since
    )


def _follow(us: ActorId, them: ActorId, inbox: InboxUrl, serial: str) -> Letter:
    return Letter(
        type="Follow",
        serial=serial,
        sender=us,
        recipient=them,
        inbox=inbox,
        object=them,
        about=about_pair(us, them),
    )


def _new_peer(home: Home, at: datetime) -> Peer:
    return Peer(
        did=home.did,
        url=home.url,
        actor=home.actor.id,
        name=home.claims.name,
        state="asked",
        is_unlisted=False,
        follow=None,
        their_follow=None,
        added_at=at,
        confirmed_at=None,
        heard_at=at,
        silent_since=None,
        poll_at=at,
        failures=0,
    )
