"""Which unions' records this node holds and shows, and under which domain: bound to the did that was pinned first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from federation.addresses import authority
from federation.identity.charter import CharterClaims, read_charter
from federation.mirror.charters import list_counting
from storage.ids import Did, ObjectId
from storage.records import KeptLog, Peer
from storage.store import Holdings, KeptLogs, Peers, Receipts, Unions

_OBJECTS: Final = "/objects/"

IsSilent = Callable[[Peer], bool]


def _said(peer: Peer) -> bool:
    """Whether it did not answer when it was asked last."""
    return peer.silent_since is not None


class Shelves(KeptLogs, Peers, Holdings, Receipts, Unions, Protocol):
    """What of a store held records are read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnion:
    """A peer whose record is held, the newest of its logs that is complete to some size, and where it lives."""

    peer: Peer
    log: KeptLog
    charter: CharterClaims
    """The newest that is known."""
    homes: tuple[str, ...]
    """Every base URL that ids may begin with: of all charters, newest first."""
    silent_since: datetime | None
    """None while its home answers, or has not been silent for long."""

    @property
    def did(self) -> Did:
        """The pinned key."""
        return self.peer.did

    @property
    def domain(self) -> str:
        """Where it lives now, as readers know it."""
        return authority(self.charter.homes[0])

    @property
    def domains(self) -> tuple[str, ...]:
        """Where it lives and lived."""
        return tuple(dict.fromkeys(authority(home) for home in (*self.homes, self.peer.url)))

    def objects(self, serial: str) -> list[ObjectId]:
        """What an object with this number may be called."""
        return [ObjectId(f"{home}{_OBJECTS}{serial}") for home in self.homes]


async def list_held(store: Shelves, is_silent: IsSilent = _said) -> list[HeldUnion]:
    """Every union that readers may see a copy of, in the order in which they became peers."""
    held = [await _read_held(store, peer, is_silent) for peer in await store.list_peers() if is_shown(peer)]
    return [one for one in held if one is not None]


async def find_held(store: Shelves, domain: str, is_silent: IsSilent = _said) -> HeldUnion | None:
    """The union to which a domain is bound here: of two that claim it, who was pinned first."""
    return next((one for one in await list_held(store, is_silent) if domain.lower() in one.domains), None)


async def find_held_by_did(store: Shelves, did: Did) -> HeldUnion | None:
    """The held record of one union, if readers may see it."""
    peer = await store.find_peer(did)
    return None if peer is None or not is_shown(peer) else await _read_held(store, peer, _said)


def is_shown(peer: Peer) -> bool:
    """Whether anybody may learn that there is a pact: not of an unlisted one, nor of one that we ended.

    A pact that the other side ended goes on being shown: whoever took its server must not be able to clear ours.
    """
    return not peer.is_unlisted and not peer.is_ended


async def _read_held(store: Shelves, peer: Peer, is_silent: IsSilent) -> HeldUnion | None:
    logs = await store.list_logs(peer.did)
    log = next((log for log in logs if log.checkpoint_size and log.state != "ours"), None)
    charters = [_read_charter(charter.body) for charter in await list_counting(store, peer.did)]
    if log is None or not charters:
        return None
    homes = tuple(dict.fromkeys(home for charter in charters for home in charter.homes))
    return HeldUnion(
        peer=peer,
        log=log,
        charter=charters[0],
        homes=homes,
        silent_since=peer.silent_since if is_silent(peer) else None,
    )


@lru_cache(maxsize=256)
def _read_charter(body: bytes) -> CharterClaims:
    """Kept, because every page of a union asks for the same few."""
    return read_charter(body)
