"""What the charters that we keep say of a union: its homes, its keys, and whose ids its log may name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from federation.addresses import origin_or_none
from federation.identity.charter import CharterClaims, read_charter
from federation.keys import PublicKey, load_multikey
from federation.mirror.charters import list_counting, newest
from storage.ids import Did, LogName
from storage.store import Holdings, Peers, Unions


class CharterShelf(Holdings, Peers, Unions, Protocol):
    """Where charters and pins lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnion:
    """A union by its newest charter."""

    newest: CharterClaims
    origins: frozenset[str]
    """Where everything lies that its log may name: homes of all its charters, but none of ours or another pin's.

    Only our organisers pin: a stranger that asks us from a home that the union gave up takes nothing from it.
    """

    @property
    def log(self) -> LogName:
        """The log of its newest epoch, and the name of that log's key."""
        return LogName(f"{self.newest.union}/{self.newest.epoch}")

    @property
    def log_key(self) -> PublicKey:
        """What signs that log's heads."""
        return load_multikey(self.newest.log_key)

    @property
    def cosigner_key(self) -> PublicKey:
        """What signs its receipts for other logs."""
        return load_multikey(self.newest.cosigner_key)


def cosigner_name(union: Did) -> str:
    """The name under which a union signs receipts (protocol §4)."""
    return f"{union}/mirror"


async def know_union(store: CharterShelf, did: Did, *, own_url: str, epoch: int | None = None) -> KnownUnion | None:
    """What we know of a union by its newest charter, or by that of an epoch; None without one."""
    standing = await newest(store, did)
    if standing is None:
        return None
    claims = [_read(charter.body) for charter in await list_counting(store, did)]
    taken = {origin_or_none(own_url)} | {
        origin_or_none(peer.url) for peer in await store.list_peers() if peer.did != did and peer.follow is not None
    }
    origins = {origin_or_none(home) for claim in claims for home in claim.homes} - taken - {None}
    counts = _read(standing.body) if epoch is None else next((one for one in claims if one.epoch == epoch), None)
    if counts is None:
        return None
    return KnownUnion(
        newest=counts,
        origins=frozenset(found for found in origins if found is not None),
    )


@lru_cache(maxsize=1024)
def _read(body: bytes) -> CharterClaims:
    """Proofs are verified once per process."""
    return read_charter(body)
