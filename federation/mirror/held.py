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
from federation.mirror.pace import SPOKEN_FOR, Hearing
from storage.ids import Did, ObjectId
from storage.records import KeptLog, Peer
from storage.store import Holdings, KeptLogs, Peers, Receipts, Unions

_OBJECTS: Final = "/objects/"

Hear = Callable[[Peer], Hearing]


def _last_poll(peer: Peer) -> Hearing:
    """Whether it answered when it was asked last, for whoever shows nobody more than that."""
    return "answering" if peer.silent_since is None else "unheard"


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
    hearing: Hearing
    """Whether its home answers."""

    @property
    def did(self) -> Did:
        """The pinned key."""
        return self.peer.did

    @property
    def silent_since(self) -> datetime | None:
        """Since when neither we nor another mirror have an answer of its home."""
        return self.peer.silent_since if self.hearing == "silent" else None

    @property
    def unheard_since(self) -> datetime | None:
        """Since when it does not answer us, when nobody confirms that."""
        return self.peer.silent_since if self.hearing in ("unheard", "alone") else None

    @property
    def spoken_for_since(self) -> datetime | None:
        """Since when our copy stands in for the original; None while it does not."""
        return self.peer.silent_since if self.hearing in SPOKEN_FOR else None

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


async def list_held(store: Shelves, hear: Hear = _last_poll) -> list[HeldUnion]:
    """Every union that readers may see a copy of, in the order in which they became peers."""
    held = [await _read_held(store, peer, hear) for peer in await store.list_peers() if is_shown(peer)]
    return [one for one in held if one is not None]


async def find_held(store: Shelves, domain: str, hear: Hear = _last_poll) -> HeldUnion | None:
    """The union to which a domain is bound here: of two that claim it, who was pinned first."""
    return next((one for one in await list_held(store, hear) if domain.lower() in one.domains), None)


async def find_held_by_did(store: Shelves, did: Did) -> HeldUnion | None:
    """The held record of one union, if readers may see it."""
    peer = await store.find_peer(did)
    return None if peer is None or not is_shown(peer) else await _read_held(store, peer, _last_poll)


def is_shown(peer: Peer) -> bool:
    """Whether anybody may learn that there is a pact: not of an unlisted one, nor of one that we ended.

    A pact that the other side ended goes on being shown: whoever took its server must not be able to clear ours.
    """
    return not peer.is_unlisted and not peer.is_ended


async def _read_held(store: Shelves, peer: Peer, hear: Hear) -> HeldUnion | None:
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
        hearing=hear(peer),
    )


@lru_cache(maxsize=256)
def _read_charter(body: bytes) -> CharterClaims:
    """Kept, because every page of a union asks for the same few."""
    return read_charter(body)
