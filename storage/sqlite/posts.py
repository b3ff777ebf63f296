"""Updates as pages: derived from the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.ids import ActorId, ObjectId
from storage.records import Post
from storage.rows import LARGEST, json_list
from storage.sqlite.delivery_queue import keep_while_it_stands
from storage.sqlite.media import save_pictures, with_pictures
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

POSTS: Final = Table("posts", Post, key=("id",), numerals=("serial",), without=("pictures",))
"""A post's pictures are rows of their own: read posts with `select_posts`."""
_OF_TAG: Final = f"""
    SELECT {POSTS.columns} FROM post_tags CROSS JOIN posts ON id = post
    WHERE tag = :tag AND post_serial < :below AND retracted_at IS NULL AND (:actor IS NULL OR actor = :actor)
    ORDER BY post_serial DESC LIMIT :limit
"""  # noqa: S608  our own column names


class SqlitePosts(Noun):
    """`storage.store.Posts`."""

    async def save_post(self, post: Post) -> None:
        await self.database.write(lambda connection: save_post(connection, post))

    async def find_post(self, id: ObjectId) -> Post | None:
        return next(iter(await self._posts("WHERE id = :id", id=id)), None)

    async def list_posts(
        self, actor: ActorId | None, *, before: str | None, limit: int, tag: str | None = None
    ) -> list[Post]:
        below = LARGEST if before is None else min(int(before), LARGEST)
        bounds = {"actor": actor, "below": below, "limit": limit}
        if tag is not None:
            return await self.database.read(lambda connection: _list_tagged(connection, {"tag": tag, **bounds}))
        rest = f"WHERE {_shown(actor)} AND serial < :below ORDER BY serial DESC LIMIT :limit"
        return await self._posts(rest, **bounds)

    async def list_named_posts(self, ids: Sequence[ObjectId]) -> list[Post]:
        return await self._posts("WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id", ids=json_list(ids))

    async def find_next_post(self, actor: ActorId, *, after: str) -> Post | None:
        above = min(int(after), LARGEST)
        rest = f"WHERE {_shown(actor)} AND serial > :above ORDER BY serial"
        return await self.database.read(lambda connection: POSTS.find(connection, rest, actor=actor, above=above))

    async def list_newest_posts(self, actors: Sequence[ActorId]) -> list[Post]:
        return await self.database.read(lambda connection: _list_newest(connection, actors))

    async def count_posts(self, actor: ActorId | None) -> int:
        statement = f"SELECT count(*) FROM posts WHERE {_shown(actor)}"  # noqa: S608  our own conditions
        return await self.database.read(
            lambda connection: int(connection.execute(statement, {"actor": actor}).fetchone()[0])
        )

    async def count_posts_of_each(self) -> dict[ActorId, int]:
        statement = "SELECT actor, count(*) FROM posts WHERE retracted_at IS NULL GROUP BY actor"
        return await self.database.read(lambda connection: dict(connection.execute(statement).fetchall()))

    async def drop_posts(self) -> None:
        await self.database.write(_drop_posts)

    async def _posts(self, rest: str, **parameters: object) -> list[Post]:
        return await self.database.read(lambda connection: select_posts(connection, rest, **parameters))


def select_posts(connection: sqlite3.Connection, rest: str, **parameters: object) -> list[Post]:
    """The posts of `SELECT … FROM posts <rest>`, with their pictures."""
    return with_pictures(connection, POSTS.select(connection, rest, **parameters))


def _shown(actor: ActorId | None) -> str:
    """The condition for posts that are not retracted; its words are ours, its values are parameters."""
    return "retracted_at IS NULL" + ("" if actor is None else " AND actor = :actor")


def _list_newest(connection: sqlite3.Connection, actors: Sequence[ActorId]) -> list[Post]:
    rest = "WHERE actor = :actor AND retracted_at IS NULL ORDER BY serial DESC"
    newest = (POSTS.find(connection, rest, actor=actor) for actor in actors)
    return [post for post in newest if post is not None]


def _list_tagged(connection: sqlite3.Connection, bounds: dict[str, object]) -> list[Post]:
    posts = [POSTS.record(row) for row in connection.execute(_OF_TAG, bounds).fetchall()]
    return with_pictures(connection, posts)


def save_post(connection: sqlite3.Connection, post: Post) -> None:
    """The row with its tags and pictures; its deliveries are kept while it stands."""
    before = POSTS.find(connection, "WHERE id = :id", id=post.id)
    POSTS.save(connection, post)
    _save_tags(connection, post)
    save_pictures(connection, post)
    if before is None or before.retracted_at != post.retracted_at:
        keep_while_it_stands(connection, post.id, post.retracted_at)


def _save_tags(connection: sqlite3.Connection, post: Post) -> None:
    connection.execute("DELETE FROM post_tags WHERE post = ?", (post.id,))
    tags = dict.fromkeys(post.tags if post.retracted_at is None else ())
    rows = [(tag, int(post.serial), post.id) for tag in tags]
    connection.executemany("INSERT INTO post_tags (tag, post_serial, post) VALUES (?, ?, ?)", rows)


def _drop_posts(connection: sqlite3.Connection) -> None:
    for table in ("post_media", "post_tags", "posts", "boosts", "pins"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  our own table names
