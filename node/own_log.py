"""Our own log joined: the tree behind the record, the key that signs its head, and whom a new head wakes."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import OutOfKeys
from federation.identity.charter import read_charter
from federation.keys import encode_multikey
from federation.log.first_receipt import FirstReceipt
from federation.log.heads import Heads
from federation.log.tree import Tree
from federation.turns import Turns
from node.bells import Bell
from node.vault import Vault, VaultError
from storage.ids import Did
from storage.store import Store, Unions


def join_heads(store: Store, tree: Tree, vault: Vault, turns: Turns, *, did: Did, bell: Bell) -> Heads:
    """What signs our log; `bell` rings after each new head."""
    return Heads(store, tree, turns, key=LogKeys(vault, store, did).get, now=turns.now, signed=bell.ring)


def join_first_receipt(store: Store, tree: Tree, turns: Turns, bell: Bell) -> FirstReceipt:
    """What holds deliveries back until a mirror has answered; `bell` rings when one has."""
    first = FirstReceipt(store, tree.name, turns.pause)
    bell.listeners.append(first.note)
    return first


class LogKeys:
    """The key that the newest charter says signs our log."""

    def __init__(self, vault: Vault, store: Unions, did: Did) -> None:
        self._vault, self._store, self._did = vault, store, did
        self._named: str | None = None

    async def get(self) -> Ed25519PrivateKey:
        """It, or `OutOfKeys` when it is not in this home."""
        try:
            key = self._vault.log_key()
        except VaultError as problem:
            raise OutOfKeys(f"This machine cannot sign the log. {problem}") from problem
        if encode_multikey(key.public_key()) != await self._find_named():
            raise OutOfKeys(
                "The log key in this home is not the one that the union's charter names, so it signs nothing. "
                "Copy keys/log.pem from the home folder that made that charter."
            )
        return key

    async def _find_named(self) -> str | None:
        """Asked of the store once, because a new charter begins with a start."""
        if self._named is None:
            charters = await self._store.list_charters(self._did)
            self._named = read_charter(charters[0].body).log_key if charters else None
        return self._named
