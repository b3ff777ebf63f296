"""With whom we want nothing to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from storage.ids import ActorId, InboxUrl
from storage.records import Block, Cut, Person
from storage.rows import json_list, ticks
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_BLOCKS: Final = Table("blocks", Block, key=("target",))
_FIND: Final = """
    WHERE target IN (SELECT value FROM json_each(:names) UNION ALL SELECT address FROM remote_actors WHERE id = :of)
    ORDER BY kind DESC, target
"""
"""By the alphabet backwards: host, address, actor."""
_BLOCKED: Final = "SELECT value FROM json_each(?) WHERE value IN (SELECT target FROM blocks)"
_PEOPLE: Final = """
    SELECT id, (SELECT address FROM remote_actors WHERE remote_actors.id = people.id) FROM (
      SELECT * FROM (SELECT id FROM remote_actors WHERE id > :after ORDER BY id LIMIT :limit)
      UNION SELECT * FROM (SELECT DISTINCT actor FROM followers WHERE actor > :after ORDER BY actor LIMIT :limit)
      UNION SELECT * FROM (SELECT DISTINCT follows FROM following WHERE follows > :after ORDER BY follows LIMIT :limit)
      UNION SELECT * FROM (SELECT DISTINCT actor FROM reactions WHERE actor > :after ORDER BY actor LIMIT :limit)
      UNION SELECT * FROM (SELECT DISTINCT actor FROM remote_posts WHERE actor > :after ORDER BY actor LIMIT :limit)
    ) AS people ORDER BY id LIMIT :limit
"""
_NOT_BLOCKED: Final = "NOT EXISTS (SELECT 1 FROM blocks WHERE target IN (other.id, other.address))"
_OWN_INBOXES: Final = f"""
    WITH these AS MATERIALIZED (SELECT value AS id FROM json_each(?)),
    theirs AS MATERIALIZED (
      SELECT inbox FROM remote_actors WHERE id IN these
      UNION SELECT shared_inbox FROM remote_actors WHERE id IN these
      UNION SELECT inbox FROM followers WHERE actor IN these
      UNION SELECT shared_inbox FROM followers WHERE actor IN these
      UNION SELECT inbox FROM following WHERE follows IN these)
    SELECT inbox FROM theirs WHERE inbox IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM followers WHERE delivery_inbox = theirs.inbox AND actor NOT IN these)
      AND NOT EXISTS (SELECT 1 FROM remote_actors AS other
        WHERE (other.inbox = theirs.inbox OR other.shared_inbox = theirs.inbox)
          AND other.id NOT IN these AND {_NOT_BLOCKED})
    ORDER BY inbox
"""  # noqa: S608  our own words
_BLOCKED_INBOXES: Final = f"""
    SELECT value FROM json_each(?) AS named
    WHERE NOT EXISTS (SELECT 1 FROM followers WHERE delivery_inbox = named.value)
      AND EXISTS (SELECT 1 FROM remote_actors AS other
        WHERE other.inbox = named.value OR other.shared_inbox = named.value)
      AND NOT EXISTS (SELECT 1 FROM remote_actors AS other
        WHERE (other.inbox = named.value OR other.shared_inbox = named.value) AND {_NOT_BLOCKED})
"""  # noqa: S608  our own words
_THESE: Final = "IN (SELECT value FROM json_each(?))"


class SqliteBlocks(Noun):
    """`storage.store.Blocks`."""

    async def add_blocks(self, blocks: Sequence[Block]) -> list[bool]:
        return await self.database.write(lambda connection: _add(connection, blocks))

    async def remove_block(self, target: str) -> bool:
        return await self._change("DELETE FROM blocks WHERE target = ?", target) == 1

    async def list_blocks(self, *, after: str | None, limit: int) -> list[Block]:
        rest = "WHERE target > :after ORDER BY target LIMIT :limit"
        return await self.database.read(
            lambda connection: _BLOCKS.select(connection, rest, after=after or "", limit=limit)
        )

    async def find_block(self, names: Sequence[str], *, of: ActorId | None) -> Block | None:
        among = json_list(names)
        return await self.database.read(lambda connection: _BLOCKS.find(connection, _FIND, names=among, of=of))

    async def list_blocked(self, names: Collection[str]) -> set[str]:
        return await self.database.read(lambda connection: set(_first_column(connection, _BLOCKED, names)))

    async def list_people(self, *, after: ActorId | None, limit: int) -> list[Person]:
        bounds = {"after": after or "", "limit": limit}
        return await self.database.read(
            lambda connection: [
                Person(id=ActorId(id), address=address)
                for id, address in connection.execute(_PEOPLE, bounds).fetchall()
            ]
        )

    async def list_actors_at(self, address: str) -> list[ActorId]:
        statement = "SELECT id FROM remote_actors WHERE address = ? ORDER BY id"
        return await self.database.read(
            lambda connection: [ActorId(id) for (id,) in connection.execute(statement, (address,)).fetchall()]
        )

    async def list_own_inboxes(self, actors: Collection[ActorId]) -> list[InboxUrl]:
        return await self.database.read(
            lambda connection: [InboxUrl(inbox) for inbox in _first_column(connection, _OWN_INBOXES, actors)]
        )

    async def list_blocked_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        return await self.database.read(
            lambda connection: {InboxUrl(inbox) for inbox in _first_column(connection, _BLOCKED_INBOXES, inboxes)}
        )

    async def cut_off(self, actors: Collection[ActorId]) -> Cut:
        return await self.database.write(lambda connection: _cut_off(connection, json_list(actors)))


def _first_column(connection: sqlite3.Connection, statement: str, given: Collection[str]) -> list[str]:
    return [value for (value,) in connection.execute(statement, (json_list(given),)).fetchall()]


_ADD: Final = "INSERT INTO blocks (target, kind, reason, blocked_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"


def _add(connection: sqlite3.Connection, blocks: Sequence[Block]) -> list[bool]:
    """Lists are long: what stands is asked once for all of them."""
    standing = set(_first_column(connection, _BLOCKED, [block.target for block in blocks]))
    news: list[bool] = []
    for block in blocks:
        news.append(block.target not in standing)
        standing.add(block.target)
    rows = [(block.target, block.kind, block.reason, ticks(block.blocked_at)) for block in blocks]
    connection.executemany(_ADD, [row for row, is_new in zip(rows, news, strict=True) if is_new])
    reasons = [(row[2], row[0]) for row, is_new in zip(rows, news, strict=True) if not is_new and row[2]]
    connection.executemany("UPDATE blocks SET reason = ? WHERE target = ?", reasons)
    return news


def _cut_off(connection: sqlite3.Connection, actors: str) -> Cut:
    def change(statement: str) -> int:
        return connection.execute(f"{statement} {_THESE}", (actors,)).rowcount

    notes = "UPDATE remote_posts SET comment_state = 'hidden' WHERE comment_state <> 'hidden' AND actor"
    return Cut(
        followers=change("DELETE FROM followers WHERE actor"),
        following=change("DELETE FROM following WHERE follows"),
        reactions=change("DELETE FROM reactions WHERE actor"),
        comments=change(notes),
        timeline=change("DELETE FROM remote_posts WHERE comment_on IS NULL AND actor")
        + change("UPDATE remote_posts SET in_timeline = 0 WHERE in_timeline = 1 AND actor"),
    )
