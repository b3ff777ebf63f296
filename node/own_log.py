"""Our own log joined: the tree behind the record, the key that signs its head, and whom a new head wakes."""

from __future__ import annotations

from functools import lru_cache, partial

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
    return Heads(store, tree, turns, key=partial(log_key, vault, store, did), now=turns.now, signed=bell.ring)


def join_first_receipt(store: Store, tree: Tree, turns: Turns, bell: Bell) -> FirstReceipt:
    """What holds deliveries back until a mirror has answered; `bell` rings when one has."""
    first = FirstReceipt(store, tree.name, turns.pause)
    bell.listeners.append(first.note)
    return first


async def log_key(vault: Vault, store: Unions, did: Did) -> Ed25519PrivateKey:
    """The key that the newest charter says signs our log; raises `OutOfKeys` when it is not in this home."""
    try:
        key = vault.log_key()
    except VaultError as problem:
        raise OutOfKeys(f"This machine cannot sign the log. {problem}") from problem
    charters = await store.list_charters(did)
    if charters and _log_key_in(charters[0].body) != encode_multikey(key.public_key()):
        raise OutOfKeys(
            f"The log key in this home is not the one that the charter of epoch {charters[0].epoch} names, so it signs "
            "nothing. Copy keys/log.pem from the home folder that made that charter."
        )
    return key


@lru_cache(maxsize=8)
def _log_key_in(charter: bytes) -> str:
    return read_charter(charter).log_key
