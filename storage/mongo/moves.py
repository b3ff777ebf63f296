"""Who says it has moved."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.ids import ActorId
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.driver import Document
from storage.mongo.noun import Noun
from storage.records import Move
from storage.rows import ticks

_MOVES: Final = Documents("moves", Move, key=("actor",))
_LONGEST_DUE: Final = (("due_at", 1), ("_id", 1))


class MongoMoves(Noun):
    """`storage.store.Moves`."""

    async def save_move(self, move: Move) -> None:
        await self.database.write(lambda within: _MOVES.save(within, move))

    async def find_move(self, actor: ActorId) -> Move | None:
        return await self.database.read(lambda within: _MOVES.find(within, {"_id": actor}))

    async def list_moves(self, *, after: ActorId | None, limit: int) -> list[Move]:
        above = {"_id": {"$gt": after or ""}}
        return await self.database.read(lambda within: _MOVES.select(within, above, sort=(("_id", 1),), limit=limit))

    async def count_moves(self, *, origin: str | None = None) -> int:
        """Below an origin: everything between its slash and the letter after a slash."""
        below = {} if origin is None else {"_id": {"$gt": f"{origin}/", "$lt": f"{origin}0"}}
        return await self.database.read(lambda within: within[_MOVES.name].count({"state": "waiting", **below}))

    async def claim_moves(self, *, now: datetime, until: datetime, limit: int) -> list[Move]:
        return await self.database.write(lambda within: _claim(within, ticks(now), ticks(until), limit))

    async def finish_move(self, move: Move) -> bool:
        row = _MOVES.row(move)
        named = {"_id": move.actor, "target": move.target, "received_at": row["received_at"], "state": "waiting"}
        became = {"$set": {name: row[name] for name in ("state", "attempts", "due_at", "error")}}
        return await self.database.write(lambda within: within[_MOVES.name].update(named, became)) == 1

    async def remove_move(self, actor: ActorId) -> bool:
        return await self.database.write(lambda within: within[_MOVES.name].delete({"_id": actor})) == 1


async def _claim(within: Scope, now: int, until: int, limit: int) -> list[Move]:
    """One by one, each only as it was read: whoever else claims it has changed when it is due."""
    waiting = {"state": "waiting", "due_at": {"$lte": now}}
    due = await within[_MOVES.name].find(waiting, sort=_LONGEST_DUE, limit=limit) if limit > 0 else []
    return [_MOVES.record_of(one) for one in due if await _lend(within, one, until)]


async def _lend(within: Scope, move: Document, until: int) -> bool:
    return await within[_MOVES.name].update(move, {"$set": {"due_at": until}}) == 1
