"""Which files the pictures of posts are: kept in their posts, found by digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from storage.ids import Digest
from storage.mongo.driver import Document
from storage.mongo.noun import Noun
from storage.records import MediaFile, Picture


class MongoMedia(Noun):
    """`storage.store.Media`."""

    async def find_media(self, digest: Digest) -> MediaFile | None:
        post = await self.database.read(
            lambda within: within["posts"].find_one({"digests": digest}, only=("pictures",))
        )
        files = [] if post is None else files_in(post["pictures"])
        return next((MediaFile(**file) for file in files if file["digest"] == digest), None)

    async def list_media(self, *, after: Digest | None, limit: int) -> list[MediaFile]:
        above = {"digests": {"$gt": after or ""}}
        pipeline: list[Document] = [
            {"$match": above},
            {"$sort": {"digests": 1}},
            {"$unwind": "$digests"},
            {"$match": above},
            {"$group": {"_id": "$digests", "pictures": {"$first": "$pictures"}}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
        ]
        found = await self.database.read(lambda within: within["posts"].aggregate(pipeline))
        return [_file(one["pictures"], one["_id"]) for one in found]


def _file(pictures: Sequence[Mapping[str, Any]], digest: str) -> MediaFile:
    return next(MediaFile(**file) for file in files_in(pictures) if file["digest"] == digest)


def files_in(pictures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Every file of these pictures, previews too."""
    both = [file for picture in pictures for file in (picture["file"], picture["preview"])]
    return [file for file in both if file is not None]


def pictures_of(documents: Sequence[Mapping[str, Any]]) -> tuple[Picture, ...]:
    """Pictures as a post's document holds them."""
    return tuple(
        Picture(
            file=MediaFile(**one["file"]),
            preview=None if one["preview"] is None else MediaFile(**one["preview"]),
            blurhash=one["blurhash"],
            alt=one["alt"],
        )
        for one in documents
    )


def picture_documents(pictures: Sequence[Picture]) -> list[Document]:
    """Pictures as documents."""
    return [asdict(picture) for picture in pictures]
