"""Which files the pictures of posts are: a row for each file of each picture."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from storage.ids import Digest, ObjectId
from storage.records import MediaFile, Picture, Post
from storage.rows import json_list
from storage.sqlite.noun import Noun

_FILE: Final = "digest, media_type, width, height, size"
_OF_POSTS: Final = f"""
    SELECT post, place, role, blurhash, alt, {_FILE} FROM post_media
    WHERE post IN (SELECT value FROM json_each(:posts)) ORDER BY post, place, role
"""  # noqa: S608  our own column names
_FIND: Final = f"SELECT {_FILE} FROM post_media WHERE digest = ? LIMIT 1"  # noqa: S608
_LIST: Final = f"SELECT {_FILE} FROM post_media WHERE digest > ? GROUP BY digest ORDER BY digest LIMIT ?"  # noqa: S608
_ADD: Final = f"""
    INSERT INTO post_media (post, place, role, blurhash, alt, {_FILE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608


class SqliteMedia(Noun):
    """`storage.store.Media`."""

    async def find_media(self, digest: Digest) -> MediaFile | None:
        row = await self.database.read(lambda connection: connection.execute(_FIND, (digest,)).fetchone())
        return None if row is None else _file(row)

    async def list_media(self, *, after: Digest | None, limit: int) -> list[MediaFile]:
        bounds = (after or "", limit)
        rows = await self.database.read(lambda connection: connection.execute(_LIST, bounds).fetchall())
        return [_file(row) for row in rows]


def save_pictures(connection: sqlite3.Connection, post: Post) -> None:
    """Replace the rows of this post's pictures; a retracted post has none."""
    connection.execute("DELETE FROM post_media WHERE post = ?", (post.id,))
    for place, picture in enumerate(post.pictures if post.retracted_at is None else ()):
        for role, file in (("picture", picture.file), ("preview", picture.preview)):
            if file is not None:
                named = (post.id, place, role, picture.blurhash, picture.alt)
                connection.execute(_ADD, (*named, file.digest, file.media_type, file.width, file.height, file.size))


def with_pictures(connection: sqlite3.Connection, posts: Sequence[Post]) -> list[Post]:
    """The same posts with their pictures."""
    rows = connection.execute(_OF_POSTS, {"posts": json_list([post.id for post in posts])}).fetchall() if posts else []
    if not rows:
        return list(posts)
    found: dict[ObjectId, list[Picture]] = {}
    for post, _, role, blurhash, alt, *file in rows:
        pictures = found.setdefault(post, [])
        if role == "picture":
            pictures.append(Picture(file=_file(file), preview=None, blurhash=blurhash, alt=alt))
        else:  # in the order of words a preview comes right behind its picture
            pictures[-1] = replace(pictures[-1], preview=_file(file))
    return [replace(post, pictures=tuple(found[post.id])) if post.id in found else post for post in posts]


def _file(row: Sequence[object]) -> MediaFile:
    digest, media_type, width, height, size = row
    return MediaFile(
        digest=Digest(str(digest)), media_type=str(media_type), width=_int(width), height=_int(height), size=_int(size)
    )


def _int(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101  a STRICT table
    return value
