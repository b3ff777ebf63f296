"""The private side of one of our actors: what signs its requests and its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.proofs import integrity
from federation.strictjson import JsonObject
from storage.ids import ActorId, KeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An actor's two private keys, loaded once."""

    actor: ActorId
    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @property
    def key_id(self) -> KeyId:
        """Names the RSA key in HTTP signatures."""
        return KeyId(f"{self.actor}#main-key")

    @property
    def method(self) -> str:
        """Names the Ed25519 key in proofs (FEP-521a)."""
        return f"{self.actor}#ed25519-key"

    def prove(self, document: JsonObject, now: datetime) -> JsonObject:
        """The document with this actor's `eddsa-jcs-2022` proof (FEP-8b32)."""
        return integrity.sign(document, key=self.ed25519, method=self.method, now=now)


class Signers(Protocol):
    """Finds the private keys of our own actors."""

    def signer(self, actor: ActorId) -> Signer:
        """The signer of one of our actors; raises when its keys are not in this home."""
