"""Pacts, and forgetting one with everything that is held of its union."""

from __future__ import annotations

from typing import Final

from storage.ids import ActorId, Did
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Filter
from storage.mongo.noun import Noun
from storage.records import Peer

_PEERS: Final = Documents("peers", Peer, key=("did",))
_AT_ONCE: Final = 250
"""Rows of a collection that one transaction of forgetting removes at most."""
_OF_LOGS: Final = ("kept_bodies", "kept_leaves", "kept_tiles", "receipts")
_OF_UNION: Final = ("withheld", "held_media")


class MongoPeers(Noun):
    """`storage.store.Peers`."""

    async def add_peer(self, peer: Peer) -> bool:
        return await self.database.write(lambda within: _PEERS.add(within, peer))

    async def save_peer(self, peer: Peer, *, instead_of: Peer | None = None) -> bool:
        named: Filter = {"_id": peer.did} if instead_of is None else {"_id": peer.did, **_PEERS.row(instead_of)}
        change = {"$set": _PEERS.row(peer)}
        return await self.database.write(lambda within: within[_PEERS.name].update(named, change)) == 1

    async def find_peer(self, did: Did) -> Peer | None:
        return await self.database.read(lambda within: _PEERS.find(within, {"_id": did}))

    async def find_peer_by_actor(self, actor: ActorId) -> Peer | None:
        order = (("added_at", 1),)
        return await self.database.read(lambda within: _PEERS.find(within, {"actor": actor}, sort=order))

    async def list_peers(self) -> list[Peer]:
        order = (("added_at", 1), ("did", 1))
        return await self.database.read(lambda within: _PEERS.select(within, {}, sort=order))

    async def forget_peer(self, did: Did) -> bool:
        """The pact is over and the logs are out of sight at once; broken off, it is repeated until the peer is gone."""
        if await self.find_peer(did) is None:
            return False
        while not await self.database.transact(lambda within: _forget_some(within, did)):
            pass
        return True


async def _forget_some(within: Scope, did: Did) -> bool:
    """A page of each; whether there was nothing left, so that the peer itself went."""
    await within[_PEERS.name].update({"_id": did}, {"$set": {"state": "removed"}})
    removed = await within["kept_logs"].delete({"did": did})
    its_logs: Filter = {"log": {"$gt": f"{did}/", "$lt": f"{did}0"}}
    for name in _OF_LOGS:
        removed += await _remove_page(within, name, its_logs)
    for name in _OF_UNION:
        removed += await _remove_page(within, name, {"did": did})
    if removed == 0:
        await within[_PEERS.name].delete({"_id": did})
    return removed == 0


async def _remove_page(within: Scope, name: str, filter: Filter) -> int:
    page = await within[name].find(filter, limit=_AT_ONCE, only=("_id",))
    return await within[name].delete({"_id": {"$in": [one["_id"] for one in page]}}) if page else 0
