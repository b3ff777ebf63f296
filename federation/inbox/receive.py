"""From a request to a stored, verified activity: cheap checks first, the network last, the effect later.

digest, coverage, window, host → strict JSON → shape → who speaks → blocked? → key → signature → ownership → stored once
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from federation.activitystreams.model import IncomingActivity
from federation.activitystreams.parse import parse_activity
from federation.activitystreams.spelling import respelled
from federation.activitystreams.validation import check_activity
from federation.addresses import authority, same_origin
from federation.blocks.book import BlockBook
from federation.budgets import InboxBudget, ShortMemory
from federation.errors import BadSignature, Blocked, NotTheSigner, Refused
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import Claim, read_signature, verify
from federation.identity.ownership import judge
from federation.inbox.signers import decoy, find_signer, load_key, tell_if_proven
from federation.inbox.verified import Verified, stored_under
from federation.resolver import Resolver
from federation.schemes import SchemeTable
from federation.strictjson import load_object
from storage.ids import ActivityId, Host
from storage.records import Received
from storage.store import Inbox, Remotes

LARGEST_BODY: Final = 256 * 1024
"""Bytes an inbox reads (protocol §4)."""
_REPEATED: Final = timedelta(hours=2)
"""How long a signed request can be repeated: its window reaches one hour back and one ahead."""
_SAID_AGAIN: Final = frozenset({"Announce", "Follow", "Like", "Undo", "Update"})


class ReceiveStore(Inbox, Remotes, Protocol):
    """What receiving reads and writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The inbox door, whichever inbox it is."""

    store: ReceiveStore
    resolver: Resolver
    hosts: Collection[str]
    """Our own authorities; a request made for any other is refused."""
    scheme: Literal["https", "http"]
    """Ours, as signed targets name it: https, or http under dev."""
    now: Callable[[], datetime]
    blocks: BlockBook
    schemes: SchemeTable
    """Learns how a host signs to us."""
    heard_from: Callable[[Host], Awaitable[None]]
    """Any signed contact wakes a resting host."""
    wake: Callable[[], None]
    """Tells the inbox worker that there is something to do."""
    budget: InboxBudget = field(default_factory=InboxBudget)
    lately: ShortMemory[ActivityId, bool] = field(default_factory=lambda: ShortMemory(lasting=_REPEATED))
    """What was taken: said again it costs its signer nothing, for anybody who heard it may repeat it."""

    async def receive(self, request: SignedRequest) -> bool:
        """Verify and store the activity; True when it is new. Raises a `FederationError` for everything refused."""
        claim = read_signature(request, hosts=self.hosts, now=self.now(), scheme=self.scheme)
        body = request.body or b""
        document = respelled(load_object(body))
        check_activity(document)
        activity = parse_activity(document)
        is_farewell = activity.type == "Delete" and activity.is_about_itself
        if not is_farewell and not same_origin(claim.key_id, activity.actor):
            raise NotTheSigner(f"The key {claim.key_id} cannot speak for {activity.actor}.")
        try:
            await self.blocks.refuse_blocked(activity)  # before a key is fetched
        except Blocked as blocked:
            await self._refuse_as_blocked(claim, activity, blocked, None if is_farewell else request)
            return False
        if is_farewell:
            verified = await self._verify_farewell(claim, activity, body)
        else:
            verified = await self._verify(claim, activity, body, request.asker)
        return verified is not None and await self._keep(verified, claim)

    async def _refuse_as_blocked(
        self, claim: Claim, activity: IncomingActivity, blocked: Blocked, request: SignedRequest | None
    ) -> None:
        """Only who proves to be blocked hears so; all others what they would hear anyway, and know of no block.

        `request` is None for a farewell, which is never refused.
        """
        try:
            tell_if_proven(claim, await self.store.find_remote_key(claim.key_id, activity.actor), blocked)
        except BadSignature:
            if request is not None:
                await self.resolver.pretend_to_ask(claim.key_id, asker=request.asker)
                raise

    async def _verify_farewell(self, claim: Claim, activity: IncomingActivity, body: bytes) -> Verified | None:
        """An actor deletes itself: checked against the key we hold, and never a word about whether we hold one.

        Servers tell everybody they know, so it costs no fetch (rule 7); and the answer is the same for all, or
        anybody could ask with it whom we know.
        """
        key = await self.store.find_remote_key(claim.key_id, activity.actor)
        if key is None:
            with suppress(Refused):
                verify(claim, decoy())  # takes as long as the real one
            return None
        try:
            verify(claim, load_key(key))
            judge(activity, key.owner)
        except Refused:
            return None
        return Verified(activity=activity, raw=body, received_at=self.now())

    async def _verify(self, claim: Claim, activity: IncomingActivity, body: bytes, asker: int | None) -> Verified:
        judge(activity, await find_signer(claim, self.resolver, activity.actor, asker=asker))
        await self.blocks.refuse_blocked(activity, is_known=True)  # its address is known now
        return Verified(activity=activity, raw=body, received_at=self.now())

    async def _keep(self, verified: Verified, claim: Claim) -> bool:
        activity, id = verified.activity, _once(verified.activity, claim)
        if self.lately.recall(id, self.now()):
            return False
        self.budget.spend(activity.actor, self.now())
        is_new = await self.store.add_received(
            Received(
                id=id,
                actor=activity.actor,
                type=activity.type,
                body=verified.raw,
                received_at=verified.received_at,
            )
        )
        self.lately.remember(id, True, self.now())
        if is_new:
            self.wake()
        host = authority(activity.actor)
        await self.schemes.heard(host, claim.scheme)
        await self.heard_from(host)
        return is_new


def _once(activity: IncomingActivity, claim: Claim) -> ActivityId:
    """Under what an activity is stored once.

    Some servers give every Follow, Like, Announce, Undo or Update of a thing the same id. Said again it is meant again:
    for these the signature counts too, which is another one for another Date and the same one for a replay.
    """
    again = hashlib.sha256(claim.signature).hexdigest()[:16] if activity.type in _SAID_AGAIN else ""
    return stored_under(activity.id, activity.actor, again)
