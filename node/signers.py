"""Finds the private keys of our own actors in the vault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from federation.httpsig.sign import sign
from federation.httpsig.wishes import Wish
from federation.identity.signer import Signer
from federation.locations import Locations
from node.vault import Vault
from storage.ids import ActorId
from storage.records import Scheme

INSTANCE_HANDLE = "actor"
"""Under this name the vault keeps the instance actor's keys; no campaign may take it."""


class VaultSigners:
    """Signers of the actors whose keys are in this home."""

    def __init__(self, vault: Vault, locations: Locations) -> None:
        self._vault = vault
        self._locations = locations

    def signer(self, actor: ActorId) -> Signer:
        """The signer of one of our actors; raises `VaultError` when its keys are not here."""
        keys = self._vault.actor_keys(self.handle_of(actor))
        return Signer(actor=actor, rsa=keys.rsa, ed25519=keys.ed25519)

    def handle_of(self, actor: ActorId) -> str:
        """Under what the vault keeps an actor's keys."""
        return INSTANCE_HANDLE if actor == self._locations.instance_actor else actor.rsplit("/", 1)[-1]

    def sign_get(self, now: Callable[[], datetime], url: str, scheme: Scheme, wish: Wish) -> dict[str, str]:
        """Headers that sign a GET as the instance actor: some servers answer nothing else."""
        signer = self.signer(self._locations.instance_actor)
        return sign(scheme, method="GET", url=url, key_id=signer.key_id, key=signer.rsa, now=now(), wish=wish)
