"""Pictures in place without a child process, and how they look from outside: what the stories about pictures share."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.strictjson import JsonObject, JsonValue, load_object
from node.cli.reading import rows, text
from node.pictures.carried import carried
from node.pictures.clean import CleanFile, CleanPicture
from node.pictures.keeping import keep
from storage.ids import Digest
from storage.mongo.blobs import CHUNKS, FILES, MongoBlobs
from storage.mongo.database import Scope
from tests.node.pictures.making import a_photo, encoded
from tests.village import Village, Villager


def a_clean_picture(number: int = 0, *, preview: bool = True) -> CleanPicture:
    """What a child hands back; pictures of other numbers have other bytes."""
    image = Image.effect_noise((800, 600), 30).convert("RGB") if number == 99 else a_photo(800 + number, 600)
    small = CleanFile(media_type="image/jpeg", width=64, height=48, body=encoded(a_photo(64, 48 + number), "JPEG"))
    file = CleanFile(media_type="image/png", width=image.width, height=600, body=encoded(image, "PNG"))
    return CleanPicture(file=file, preview=small if preview else None, blurhash="L00000fQfQfQfQfQfQfQfQfQfQfQ")


async def given(us: Villager, *numbers: int, alt: str = "A crowd at the gate") -> list[JsonValue]:
    """Pictures in place, as the command line hands them to the node."""
    return [carried(await keep(a_clean_picture(number), alt, us.node.blobs)) for number in numbers]


async def publishing(village: Village) -> Villager:
    """A node with a campaign."""
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


async def ask(url: str, method: str = "GET", **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    """The answer and its body."""
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as answer:
        return answer, await answer.read()


async def note_of(post: JsonValue) -> JsonObject:
    """What other servers are shown of an update."""
    _, body = await ask(text(post, "id"), Accept=ACTIVITY_JSON)
    return load_object(body)


async def attachments(post: JsonValue) -> list[Any]:
    """Its pictures, as other servers are shown them."""
    return rows((await note_of(post)).get("attachment", []))


async def kept(us: Villager) -> list[Digest]:
    """The files that are kept, on the disk or in the database."""
    return await us.node.blobs.list_blobs(added_before=datetime.max.replace(tzinfo=UTC))


async def alter(us: Villager, digest: Digest, body: bytes) -> None:
    """Put other bytes in the place of a file, as a failing disk may."""
    blobs = us.node.blobs
    if isinstance(blobs, MongoBlobs):
        within = Scope(blobs.database.client)
        await within[FILES].update({"_id": digest}, {"$set": {"length": len(body)}})
        await within[CHUNKS].delete({"files_id": digest, "n": {"$gt": 0}})
        await within[CHUNKS].update({"files_id": digest}, {"$set": {"data": body}})
    else:
        _file(us, digest).write_bytes(body)


async def grow_old(us: Villager) -> None:
    """All that is kept was added long ago."""
    blobs = us.node.blobs
    if isinstance(blobs, MongoBlobs):
        await Scope(blobs.database.client)[FILES].update_all(
            {}, {"$set": {"uploadDate": datetime.fromtimestamp(0, UTC)}}
        )
    else:
        for digest in await kept(us):
            os.utime(_file(us, digest), (0, 0))


def _file(us: Villager, digest: Digest) -> Path:
    return us.node.config.home / "media" / digest[:2] / digest[2:4] / digest
