"""Updates as pages: derived from the log."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.ids import ActorId, ObjectId
from storage.records import Post
from storage.sqlite.noun import Noun
from storage.sqlite.table import LARGEST, Table

_POSTS: Final = Table("posts", Post, key=("id",), numerals=("serial",))
_OF_TAG: Final = "id IN (SELECT post FROM post_tags WHERE tag = :tag)"


class SqlitePosts(Noun):
    """`storage.store.Posts`."""

    async def save_post(self, post: Post) -> None:
        await self.database.write(lambda connection: _save_post(connection, post))

    async def find_post(self, id: ObjectId) -> Post | None:
        return await self.database.read(lambda connection: _POSTS.find(connection, "WHERE id = :id", id=id))

    async def list_posts(
        self, actor: ActorId | None, *, before: str | None, limit: int, tag: str | None = None
    ) -> list[Post]:
        below = LARGEST if before is None else min(int(before), LARGEST)
        rest = f"WHERE {_shown(actor, tag)} AND serial < :below ORDER BY serial DESC LIMIT :limit"
        return await self.database.read(
            lambda connection: _POSTS.select(connection, rest, actor=actor, tag=tag, below=below, limit=limit)
        )

    async def count_posts(self, actor: ActorId | None) -> int:
        statement = f"SELECT count(*) FROM posts WHERE {_shown(actor, None)}"  # noqa: S608  our own conditions
        return await self.database.read(
            lambda connection: int(connection.execute(statement, {"actor": actor}).fetchone()[0])
        )

    async def drop_posts(self) -> None:
        await self.database.write(_drop_posts)


def _shown(actor: ActorId | None, tag: str | None) -> str:
    """The condition for posts that are not retracted; its words are ours, its values are parameters."""
    conditions = ["retracted_at IS NULL"]
    if actor is not None:
        conditions.append("actor = :actor")
    if tag is not None:
        conditions.append(_OF_TAG)
    return " AND ".join(conditions)


def _save_post(connection: sqlite3.Connection, post: Post) -> None:
    _POSTS.save(connection, post)
    connection.execute("DELETE FROM post_tags WHERE post = ?", (post.id,))
    rows = [(tag, post.id) for tag in dict.fromkeys(post.tags)]
    connection.executemany("INSERT INTO post_tags (tag, post) VALUES (?, ?)", rows)


def _drop_posts(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM post_tags")
    connection.execute("DELETE FROM posts")
