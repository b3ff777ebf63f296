"""Charters as tests need them: of two unions, of any epoch, with any homes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.identity.charter import EMPTY_TREE, TreeHead, charter_digest, new_charter
from federation.keys import did_key, encode_multikey

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECIPIENT: Final = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def key(number: int) -> Ed25519PrivateKey:
    """One of 255 keys."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


class UnionOf:
    """A union with its root key; `number` picks it."""

    def __init__(self, number: int, name: str = "Harbour") -> None:
        self.root = key(number)
        self.did = did_key(self.root.public_key())
        self.name = name

    def charter(self, *homes: str, epoch: int = 1, previous: Sequence[bytes] = (), **changes: Any) -> bytes:
        """A charter that its root key signed; another `name` makes another charter of the same epoch."""
        after = EMPTY_TREE if epoch == 1 else TreeHead(size=7, root=hashlib.sha256(b"a tree").digest())
        asked: dict[str, Any] = {
            "union": self.did,
            "epoch": epoch,
            "name": self.name,
            "homes": homes or ["https://harbour.example"],
            "log_key": encode_multikey(key(101).public_key()),
            "cosigner_key": encode_multikey(key(102).public_key()),
            "after": after,
            "recipient": RECIPIENT,
            "previous": [charter_digest(raw) for raw in previous],
            "published": NOON,
            "root_key": self.root,
        }
        return new_charter(**(asked | changes))
