"""From an id or an address to an actor, from a key id to a key: remembered, shared and counted.

Whoever writes to us can make us ask others. So an answer "no" is remembered for 5 minutes, those who ask the
same at once share one fetch (`flights`), and keys have a budget of their own (`key_lookup`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from federation.activitystreams.remote_actor import parse_actor
from federation.addresses import authority, check_url, origin_or_none
from federation.budgets import KeyFetchBudget, ShortMemory
from federation.documents import SignGet, fetch_document
from federation.errors import (
    BadAnswer,
    BadSignature,
    ForbiddenAddress,
    OutOfKeys,
    TooMany,
    Unintelligible,
    Unreachable,
)
from federation.finger import confirm, finger
from federation.flights import Flights
from federation.identity.webfinger import read_address
from federation.key_lookup import IsAtHome, KeyLookup, nobody_is
from federation.schemes import SchemeTable
from federation.strictjson import JsonObject
from federation.wire import Wire
from storage.ids import ActorId, Host, KeyId
from storage.records import RemoteActor, RemoteKey
from storage.store import Remotes

ACTOR_LASTS: Final = timedelta(hours=24)
FAILURE_LASTS: Final = timedelta(minutes=5)
_MOST_FLIGHTS: Final = 128


class Resolver:
    """Finds other people's documents, actors and keys; one for the whole node.

    `sign_get` signs fetches as our instance actor; what lies on `own_hosts` is never fetched. `is_at_home` finds out
    whether somebody asks from the host whose key is named.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        store: Remotes,
        now: Callable[[], datetime],
        sign_get: SignGet,
        schemes: SchemeTable,
        own_hosts: Collection[Host],
        is_at_home: IsAtHome = nobody_is,
    ) -> None:
        self._wire = wire
        self._store = store
        self._now = now
        self._own_hosts = frozenset(own_hosts)
        self._failures: ShortMemory[str, Exception] = ShortMemory(lasting=FAILURE_LASTS)
        self._flights: Flights[tuple[str, str]] = Flights(
            most=_MOST_FLIGHTS, group=lambda flight: origin_or_none(flight[1])
        )
        self._fetch = partial(fetch_document, wire=wire, sign=sign_get, schemes=schemes)
        self._keys = KeyLookup(
            fetch=partial(self._fetch, stays=True), store=store, now=now, flights=self._flights, is_at_home=is_at_home
        )

    @property
    def key_budget(self) -> KeyFetchBudget:
        """How often keys are fetched."""
        return self._keys.budget

    async def document(self, url: str, *, fresh: bool = False) -> JsonObject:
        """The document whose id is this URL, to be read only; `fresh` forgets earlier failures.

        Raises the `Unreachable` family and `NotJson`, for 5 minutes without asking again, and `TooMany`.
        """
        target = check_url(url, dev=self._wire.dev).text
        self._refuse_own(target)
        failure = None if fresh else self._failures.recall(target, self._now())
        if failure is not None:
            raise copy(failure)
        return await self._flights.join(("document", target), partial(self._fetch_document, target))

    async def actor(self, id: ActorId, *, fresh: bool = False) -> RemoteActor:
        """The actor with this id: as stored if less than 24 h old, otherwise as its host shows it now.

        When its host does not answer, an older one from the store will do, except when it must be `fresh`.
        Raises the `Unreachable` and `Unintelligible` families, `TooMany` and `OutOfKeys`.
        """
        stored = await self._store.find_remote_actor(id)
        if stored is not None and not fresh and self._now() - stored.fetched_at < ACTOR_LASTS:
            return stored
        try:
            return await self._flights.join(("actor", id), partial(self._fetch_actor, id, fresh=fresh))
        except (Unreachable, Unintelligible, TooMany, OutOfKeys):
            if stored is None or fresh:
                raise
            return stored

    async def key(self, key_id: KeyId, *, expected_owner: ActorId | None = None, asker: int | None = None) -> RemoteKey:
        """The key with this id, whose owner's own document shows it, to be kept when it fits; see `KeyLookup.key`.

        `BadSignature` for a key on our own host, before anything is asked.
        """
        self._refuse_own_key(key_id)
        return await self._keys.key(key_id, expected_owner=expected_owner, asker=asker)

    async def keep(self, key: RemoteKey, *, asker: int | None = None) -> None:
        """Keep the actor whose key has made a signature; see `KeyLookup.keep`."""
        await self._keys.keep(key, asker=asker)

    async def pretend_to_ask(self, key_id: KeyId, *, asker: int | None) -> None:
        """Ask nobody, and let it cost what asking for this key would; see `KeyLookup.pretend`."""
        self._refuse_own_key(key_id)
        await self._keys.pretend(key_id, asker=asker)

    async def held_key(self, key_id: KeyId) -> RemoteKey | None:
        """The key as it is stored; nobody is asked."""
        return await self._store.find_remote_key(key_id)

    async def refetch_key(
        self, key_id: KeyId, *, expected_owner: ActorId | None = None, asker: int | None = None
    ) -> RemoteKey:
        """The key as its host shows it now, asked at most once in 5 minutes; see `KeyLookup.refetch`."""
        self._refuse_own_key(key_id)
        return await self._keys.refetch(key_id, expected_owner=expected_owner, asker=asker)

    async def find_actor_by_address(self, address: str) -> RemoteActor:
        """The actor behind user@host, which its own host has confirmed (ORG-26).

        Raises `Unintelligible` for what is no address, and the `Unreachable` family.
        """
        asked = read_address(address)
        if asked.host in self._own_hosts:
            raise ForbiddenAddress(f"{asked} is an address of this node; it is not looked up over the network.")
        finding = await finger(asked, asked.host, self._wire)
        id = await confirm(asked, finding, authority(finding.actor), self._wire)
        return await self.actor(id)

    async def _fetch_document(self, target: str) -> JsonObject:
        try:
            return await self._fetch(target)
        except (Unreachable, Unintelligible) as failure:
            self._failures.remember(target, copy(failure), self._now())
            raise

    async def _fetch_actor(self, id: ActorId, *, fresh: bool) -> RemoteActor:
        actor = parse_actor(await self.document(id, fresh=fresh), self._now())
        if actor.id != id:
            raise BadAnswer(f"{authority(id)} answered with another actor than {id}.")
        await self._store.save_remote_actor(actor)
        if actor.keys:
            self.key_budget.prove(authority(id), self._now())
        return actor

    def _refuse_own(self, url: str) -> None:
        if authority(url) in self._own_hosts:
            raise ForbiddenAddress(f"{url} lies on this node; it is not fetched over the network.")

    def _refuse_own_key(self, key_id: KeyId) -> None:
        try:
            self._refuse_own(key_id)
        except ForbiddenAddress as problem:
            raise BadSignature(f"The key {key_id} cannot be another server's.") from problem
