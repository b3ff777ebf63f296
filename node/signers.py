"""Finds the private keys of our own actors in the vault, and sees that they are those that the record shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from federation.errors import OutOfKeys
from federation.httpsig.sign import sign
from federation.httpsig.wishes import Wish
from federation.identity.signer import Signer
from federation.keys import ActorKeys, dump_public_pem, encode_multikey
from federation.locations import Locations
from node.vault import KeyStrange, Vault, VaultError
from storage.ids import ActorId
from storage.records import LocalActor, Scheme
from storage.store import Actors

log = logging.getLogger(__name__)

INSTANCE_HANDLE = "actor"
"""Under this name the vault keeps the instance actor's keys; no campaign may take it."""


class VaultSigners:
    """Signers of the actors whose keys are in this home."""

    def __init__(self, vault: Vault, locations: Locations, store: Actors) -> None:
        self._vault = vault
        self._locations = locations
        self._store = store
        self._proven: dict[ActorId, ActorKeys] = {}
        """Keys that the record showed when it was last looked at; whoever changes an actor calls `forget`."""
        self._looking = asyncio.Lock()
        self._told: set[ActorId] = set()
        """Actors whose missing keys were logged."""

    def signer(self, actor: ActorId) -> Signer:
        """The signer of one of our actors; raises `VaultError` when its keys are not here."""
        keys = self._vault.actor_keys(self.handle_of(actor))
        return Signer(actor=actor, rsa=keys.rsa, ed25519=keys.ed25519)

    async def refuse_strange(self, actor: ActorId) -> None:
        """Raise `VaultError` unless the keys here are those that the record shows; of an unknown actor any will do."""
        handle = self.handle_of(actor)
        keys = self._vault.actor_keys(handle)
        published = await self._store.find_actor(actor)
        if published is None:
            return
        if not shows(published, keys):
            raise KeyStrange(
                f"The keys of @{handle} in this home are not those that the record shows: they were changed on another "
                f"machine. Copy keys/actors/{handle} from the home folder there to this one."
            )
        self._proven[actor] = keys
        self._told.discard(actor)

    async def proven_signer(self, actor: ActorId) -> Signer:
        """The signer of an actor whose keys are those of the record, as far as this process knows; or `VaultError`."""
        if not self._is_proven(actor):
            async with self._looking:  # a whole fan-out asks at once: one of it looks
                if not self._is_proven(actor):
                    await self.refuse_strange(actor)
        return self.signer(actor)

    def _is_proven(self, actor: ActorId) -> bool:
        return self._proven.get(actor) is self._vault.actor_keys(self.handle_of(actor))

    def forget(self) -> None:
        """An actor may have other keys now."""
        self._proven.clear()

    def handle_of(self, actor: ActorId) -> str:
        """Under what the vault keeps an actor's keys."""
        return INSTANCE_HANDLE if actor == self._locations.instance_actor else actor.rsplit("/", 1)[-1]

    def sign_get(self, now: Callable[[], datetime], url: str, scheme: Scheme, wish: Wish) -> dict[str, str]:
        """Headers that sign a GET as the instance actor: some servers answer nothing else. `OutOfKeys` without keys."""
        actor = self._locations.instance_actor
        try:
            signer = self.signer(actor)
        except VaultError as problem:
            raise self.out_of_keys(actor, problem) from problem
        self._told.discard(actor)
        return sign(scheme, method="GET", url=url, key_id=signer.key_id, key=signer.rsa, now=now(), wish=wish)

    def out_of_keys(self, actor: ActorId, problem: VaultError) -> OutOfKeys:
        """What is raised in place of the vault's trouble, so that what must be signed waits; logged once an actor."""
        if actor not in self._told:
            self._told.add(actor)
            log.error("keys are missing, so what they must sign waits", extra={"problem": str(problem)})
        return OutOfKeys(f"This machine cannot sign as {actor}. {problem}")


def shows(actor: LocalActor, keys: ActorKeys) -> bool:
    """Whether these are the keys that the record shows."""
    published = (actor.rsa_public_pem.strip(), actor.ed25519_multibase)
    return published == (
        dump_public_pem(keys.rsa.public_key()).strip(),
        encode_multikey(keys.ed25519.public_key()),
    )
