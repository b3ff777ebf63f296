"""From a key id to the key that its owner's own document shows; strangers ask, so it is counted (rule 7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Final, Literal

from federation.activitystreams.actor_keys import MOST_KEYS, listed_key_ids, read_key
from federation.activitystreams.remote_actor import actor_type, parse_actor
from federation.addresses import authority, same_origin
from federation.budgets import KeyFetchBudget, ShortMemory
from federation.errors import (
    BadSignature,
    FederationError,
    ForbiddenAddress,
    NotTheSigner,
    OutOfKeys,
    TooMany,
    Unintelligible,
    Unreachable,
)
from federation.flights import Flights
from federation.strictjson import JsonObject
from storage.ids import ActorId, Host, KeyId
from storage.records import RemoteActor, RemoteKey
from storage.store import Remotes

FAILURE_LASTS: Final = timedelta(minutes=5)
KEY_LASTS: Final = timedelta(hours=24)
_MOST_SEEN: Final = 1000
_LONGEST_KEYS: Final = 16 * 1024
"""Characters of an actor's keys; mostly it has two, of 900 together."""


IsAtHome = Callable[[Host, int], Awaitable[bool]]
"""Whether this asker asks from that host itself."""


async def nobody_is(_host: Host, _asker: int) -> bool:
    """Where nobody can find out."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """An actor as fetched, and the key asked for if the actor shows it."""

    actor: RemoteActor
    key: RemoteKey | None


class KeyLookup:
    """Finds keys; `fetch` brings the document of a URL (rule 3)."""

    def __init__(
        self,
        *,
        fetch: Callable[[str], Awaitable[JsonObject]],
        store: Remotes,
        now: Callable[[], datetime],
        flights: Flights[tuple[str, str]],
        is_at_home: IsAtHome = nobody_is,
    ) -> None:
        self._fetch = fetch
        self._store = store
        self._now = now
        self._flights = flights
        self._failures: ShortMemory[KeyId, BadSignature] = ShortMemory(lasting=FAILURE_LASTS)
        self._seen: ShortMemory[KeyId, _Shown | Literal[False]] = ShortMemory(lasting=FAILURE_LASTS, keep=_MOST_SEEN)
        """Fetched, and not kept unless the key makes a signature: asked so again, it costs no second fetch. Of an actor
        that is kept already only that it was; one memory for both, or how it forgets would tell them apart."""
        self._owing: ShortMemory[tuple[KeyId, int], bool] = ShortMemory(lasting=FAILURE_LASTS)
        """Who made us ask a proven host for which key, and has not shown a signature of it yet."""
        self._pretended: ShortMemory[KeyId, bool] = ShortMemory(lasting=FAILURE_LASTS, keep=_MOST_SEEN)
        self._is_at_home = is_at_home
        self.budget: Final = KeyFetchBudget()

    async def key(self, key_id: KeyId, *, expected_owner: ActorId | None, asker: int | None) -> RemoteKey:
        """The key, from the store if it is known there; `asker` is who makes us look, as a number.

        One that was fetched is in no row until `keep`: whoever names a key has not shown yet that it is theirs.

        `NotTheSigner` when it is not the expected owner's, `BadSignature` when it cannot be had or its owner
        does not show it (for 5 minutes without asking again), `TooMany` over the budget of its host.
        """
        if expected_owner is not None and not same_origin(key_id, expected_owner):
            raise _not_theirs(key_id, expected_owner)
        key = await self._store.find_remote_key(key_id, expected_owner)
        if key is None:
            start = partial(self._fetch_first, key_id, asker)
            shown = await self._flights.join(("key", key_id), start, asker=asker)
            return self._settle(shown, key_id, expected_owner)
        if not self._is_old(key):
            return key
        try:
            return await self.refetch(key_id, expected_owner=expected_owner, asker=asker)
        except TooMany:
            return key

    def _is_old(self, key: RemoteKey) -> bool:
        """A key that was replaced must not be believed for ever."""
        return self._now() - key.fetched_at > KEY_LASTS

    async def refetch(self, key_id: KeyId, *, expected_owner: ActorId | None, asker: int | None) -> RemoteKey:
        """The key as its host shows it now; else, or asked again within 5 minutes, the stored one.

        `BadSignature` when there is none, or its owner shows it no longer; `NotTheSigner` as `key`; `TooMany` as for a
        key that nobody knows here, or anybody could find out with a wrong signature which ones we know.
        """
        stored = await self._store.find_remote_key(key_id, expected_owner)
        seen = self._seen.recall(key_id, self._now())
        if stored is None and seen:
            return self._settle(seen, key_id, expected_owner)  # it has just been fetched
        flight = ("refetch", key_id)
        if flight not in self._flights and self._was_asked_for(key_id):
            # a flight may just have landed
            return _known(await self._store.find_remote_key(key_id, expected_owner), key_id)
        try:
            shown = await self._flights.join(flight, partial(self._fetch_again, key_id, asker), asker=asker)
        except (Unreachable, Unintelligible, OutOfKeys):
            return _known(stored, key_id)
        return self._settle(shown, key_id, expected_owner)

    def _was_asked_for(self, key_id: KeyId) -> bool:
        """Whether its host was asked within 5 minutes, in vain or not."""
        now = self._now()
        return self._seen.recall(key_id, now) is not None or self._failures.recall(key_id, now) is not None

    async def keep(self, key: RemoteKey, *, asker: int | None) -> None:
        """Keep the actor whose key it is, now that it has made a signature that this asker showed."""
        if asker is not None and self._owing.recall((key.id, asker), self._now()):
            self._owing.forget((key.id, asker))
            self.budget.give_back(asker, self._now())
        shown = self._seen.recall(key.id, self._now())
        if not shown or shown.key != key:
            return
        if await self._store.find_remote_key(key.id, key.owner) != key:
            await self._flights.join(("keep", key.id), partial(self._store.save_remote_actor, shown.actor))
        self._seen.forget(key.id)

    async def pretend(self, key_id: KeyId, *, asker: int | None) -> None:
        """Ask nobody, and let it cost what asking for the key would; `TooMany` as then.

        For whom we do not ask at all: by what is used up, and what is not, anybody could find out who is blocked.
        """
        if self._was_asked_for(key_id) or self._pretended.recall(key_id, self._now()):
            return
        await self._flights.join(("pretence", key_id), partial(self._spend_in_vain, key_id, asker), asker=asker)

    async def _spend_in_vain(self, key_id: KeyId, asker: int | None) -> None:
        self._take(key_id, asker)
        self._pretended.remember(key_id, True, self._now())

    @staticmethod
    def _settle(shown: _Shown, key_id: KeyId, expected_owner: ActorId | None) -> RemoteKey:
        """The key as shown; in another's name it is nobody's."""
        if shown.key is None:
            raise BadSignature(f"{shown.actor.id} does not show the key {key_id} as its own.")
        if expected_owner is not None and shown.key.owner != expected_owner:
            raise _not_theirs(key_id, expected_owner)
        return shown.key

    async def _fetch_first(self, key_id: KeyId, asker: int | None) -> _Shown:
        failure = self._failures.recall(key_id, self._now())
        if failure is not None:
            raise copy(failure)
        seen = self._seen.recall(key_id, self._now())
        if seen:
            return seen
        host = await self._spend(key_id, asker)
        try:
            shown = await self._find_owner(key_id)
        except (Unreachable, Unintelligible, BadSignature) as problem:
            raise self._remember(key_id, f"The key {key_id} cannot be had: {problem}") from problem
        if shown.key is None:
            raise self._remember(key_id, f"{shown.actor.id} does not show the key {key_id} as its own.")
        self.budget.prove(host, self._now())
        self._seen.remember(key_id, _slim(shown), self._now())
        return shown

    async def _fetch_again(self, key_id: KeyId, asker: int | None) -> _Shown:
        host = await self._spend(key_id, asker)
        try:
            shown = await self._find_owner(key_id)
        except (Unreachable, Unintelligible, BadSignature) as problem:
            self._remember(key_id, f"The key {key_id} cannot be had: {problem}")
            raise
        is_kept = await self._store.find_remote_actor(shown.actor.id) is not None
        if is_kept:
            await self._store.save_remote_actor(shown.actor)
        if shown.key is None:
            raise self._remember(key_id, f"{shown.actor.id} does not show the key {key_id} as its own.")
        self._seen.remember(key_id, False if is_kept else _slim(shown), self._now())
        self.budget.prove(host, self._now())
        return shown

    async def _find_owner(self, key_id: KeyId) -> _Shown:
        """Fetch the key's own document, and its owner's where that is another one (SIG-19, SIG-23)."""
        document = await self._fetch(key_id)
        if actor_type(document) is not None:
            return self._look_in(document, key_id, None)
        alone = read_key(document, self._now())
        if alone.id != key_id:
            raise BadSignature(f"The document at {key_id} is that of another key.")
        if not same_origin(alone.owner, key_id):
            raise BadSignature(f"The key {key_id} names an owner on another host.")
        owner = await self._fetch(alone.owner)
        if owner.get("id") != alone.owner:
            raise BadSignature(f"The key {key_id} names an owner whose document says otherwise.")
        return self._look_in(owner, key_id, alone)

    def _look_in(self, document: JsonObject, key_id: KeyId, alone: RemoteKey | None) -> _Shown:
        """The key in its owner's document; one that stands alone need only be named there."""
        actor = parse_actor(document, self._now())
        if not same_origin(actor.id, key_id):
            raise BadSignature(f"The key {key_id} lies on another host than its owner.")
        key = next((key for key in actor.keys if key.id == key_id), None)
        if key is None and alone is not None and key_id in listed_key_ids(document):
            return _Shown(actor=replace(actor, keys=(*actor.keys[: MOST_KEYS - 1], alone)), key=alone)
        return _Shown(actor=actor, key=key)

    async def _spend(self, key_id: KeyId, asker: int | None) -> Host:
        """Take one fetch from the budgets of the key's host and the asker; `TooMany` when none is left."""
        try:
            return self._take(key_id, asker)
        except TooMany:
            host, now = authority(key_id), self._now()
            is_home = (
                asker is not None
                and self.budget.may_look_up(host, asker, now)
                and await self._is_at_home(host, asker)
                and not self.budget.take_at_home(host, self._now())
            )
            if not is_home:
                raise
            return host

    def _take(self, key_id: KeyId, asker: int | None) -> Host:
        try:
            host = authority(key_id)
        except ForbiddenAddress:
            raise BadSignature("The key's id is no address, so the key cannot be had.") from None
        is_proven = self.budget.is_proven(host, self._now())
        if wait := self.budget.take(host, self._now(), asker=asker):
            raise TooMany(f"Keys of {host} were asked for too often.", retry_after=ceil(wait.total_seconds()))
        if is_proven and asker is not None:
            self._owing.remember((key_id, asker), True, self._now())
        return host

    def _remember(self, key_id: KeyId, text: str) -> BadSignature:
        failure = BadSignature(text)
        self._failures.remember(key_id, copy(failure), self._now())
        return failure


def _slim(shown: _Shown) -> _Shown:
    """Without its other keys, when they are so long that a thousand such actors would fill our memory."""
    keys = shown.actor.keys
    if shown.key is None or sum(len(key.id) + len(key.owner) + len(key.public) for key in keys) <= _LONGEST_KEYS:
        return shown
    return replace(shown, actor=replace(shown.actor, keys=(shown.key,)))


def _known(stored: RemoteKey | None, key_id: KeyId) -> RemoteKey:
    if stored is None:
        raise BadSignature(f"The key {key_id} cannot be had at the moment.")
    return stored


def _not_theirs(key_id: KeyId, owner: ActorId) -> FederationError:
    return NotTheSigner(f"The key {key_id} is not one of {owner}.")
