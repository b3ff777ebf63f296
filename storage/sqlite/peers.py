"""Pacts, and forgetting one with everything that is held of its union."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.ids import ActorId, Did
from storage.records import Peer
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_PEERS: Final = Table("peers", Peer, key=("did",))
_AT_ONCE: Final = 250
"""Rows that one step of forgetting removes of a table at most, so that others come in between."""
_REMOVE: Final = "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {of_union} LIMIT ?)"
_OF_UNION: Final = "did = ?"
_OF_ITS_LOGS: Final = "log > ? || '/' AND log < ? || '0'"
"""The character behind the slash that stands between a did and an epoch is the 0."""
_HELD: Final = {
    "kept_bodies": _OF_ITS_LOGS,
    "kept_leaves": _OF_ITS_LOGS,
    "kept_tiles": _OF_ITS_LOGS,
    "receipts": _OF_ITS_LOGS,
    "withheld": _OF_UNION,
    "held_media": _OF_UNION,
}


class SqlitePeers(Noun):
    """`storage.store.Peers`."""

    async def add_peer(self, peer: Peer) -> bool:
        return await self.database.write(lambda connection: _PEERS.add(connection, peer))

    async def save_peer(self, peer: Peer, *, instead_of: Peer | None = None) -> bool:
        return await self.database.write(lambda connection: _save(connection, peer, instead_of))

    async def find_peer(self, did: Did) -> Peer | None:
        return await self.database.read(lambda connection: _PEERS.find(connection, "WHERE did = :did", did=did))

    async def find_peer_by_actor(self, actor: ActorId) -> Peer | None:
        rest = "WHERE actor = :actor ORDER BY added_at"
        return await self.database.read(lambda connection: _PEERS.find(connection, rest, actor=actor))

    async def list_peers(self) -> list[Peer]:
        return await self.database.read(lambda connection: _PEERS.select(connection, "ORDER BY added_at, did"))

    async def forget_peer(self, did: Did) -> bool:
        """The pact is over and the logs are out of sight at once; broken off, it is repeated until the peer is gone."""
        if await self.find_peer(did) is None:
            return False
        while not await self.database.write(lambda connection: _forget_some(connection, did)):
            pass
        return True


def _save(connection: sqlite3.Connection, peer: Peer, instead_of: Peer | None) -> bool:
    standing = _PEERS.find(connection, "WHERE did = :did", did=peer.did)
    if standing is None or instead_of not in (None, standing):
        return False
    return _PEERS.save(connection, peer)


def _forget_some(connection: sqlite3.Connection, did: Did) -> bool:
    """One step; whether it was the last, in which the peer itself goes."""
    connection.execute("UPDATE peers SET state = 'removed' WHERE did = ?", (did,))
    connection.execute("DELETE FROM kept_logs WHERE did = ?", (did,))
    removed = sum(_remove_some(connection, table, of_union, did) for table, of_union in _HELD.items())
    if removed == 0:
        connection.execute("DELETE FROM peers WHERE did = ?", (did,))
    return removed == 0


def _remove_some(connection: sqlite3.Connection, table: str, of_union: str, did: Did) -> int:
    statement = _REMOVE.format(table=table, of_union=of_union)
    return connection.execute(statement, (*(did for _ in range(of_union.count("?"))), _AT_ONCE)).rowcount
