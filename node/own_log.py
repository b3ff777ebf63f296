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

    async def get(self) -> Ed25519PrivateKey:
        """It, or `OutOfKeys` when it is not in this home."""
        try:
            key = await self._find()
        except VaultError as problem:
            raise OutOfKeys(f"This machine cannot sign the log. {problem}") from problem
        if key is None:
            raise OutOfKeys(
                "The log key in this home is not the one that the union's charter names, so it signs nothing. "
                "Copy keys/log.pem and keys/cosigner.pem from the home folder that made that charter."
            )
        return key

    async def _find(self) -> Ed25519PrivateKey | None:
        """Keys that wait for the newest charter are put in place on the way: another process may have made it."""
        charters = await self._store.list_charters(self._did)
        named = read_charter(charters[0].body).log_key if charters else None
        for _ in range(2):
            key = self._vault.log_key()
            if encode_multikey(key.public_key()) == named:
                return key
            await finish_epoch(self._vault, self._store, self._did)
        return None


async def finish_epoch(vault: Vault, store: Unions, did: Did) -> None:
    """Put the keys in place that the newest charter names, if they still wait; after a crash too."""
    charters = await store.list_charters(did)
    if charters:
        claims = read_charter(charters[0].body)
        vault.promote_epoch(claims.log_key, claims.cosigner_key)
