"""Media bytes on every engine: kept once, whole or not at all, under the name of their content."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.addresses import is_mongo
from storage.backends import blobs_of, open_blobs
from storage.blobs import Blobs
from storage.errors import NotFound, StoreMissing
from storage.ids import Digest
from storage.store import Store
from tests.mongo_server import MongoServer

HELLO = Digest(hashlib.sha256(b"hello").hexdigest())
CHUNK = 255 * 1024
LONG = os.urandom(2 * CHUNK + 17)
PAST = datetime(2000, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def blobs(store: Store, url: str, tmp_path: Path) -> Blobs:
    return blobs_of(store, url, tmp_path / "media")


class Behind:
    """Looks and writes behind the verbs' back."""

    def __init__(self, store: Any, folder: Path | None) -> None:
        self.store, self.folder = store, folder

    async def count(self) -> int:
        if self.folder is not None:
            return sum(path.is_file() for path in self.folder.rglob("*"))
        return int(await self.store.database.client.collection("media.chunks").count({}))

    async def age(self, digest: Digest) -> None:
        if self.folder is not None:
            os.utime(self.folder / digest[:2] / digest[2:4] / digest, (0, 0))
            return
        files = self.store.database.client.collection("media.files")
        await files.update({"_id": digest}, {"$set": {"uploadDate": datetime(1970, 1, 1, tzinfo=UTC)}})

    async def damage(self, digest: Digest, body: bytes) -> None:
        if self.folder is not None:
            (self.folder / digest[:2] / digest[2:4] / digest).write_bytes(body)
            return
        chunks = self.store.database.client.collection("media.chunks")
        await chunks.update({"files_id": digest, "n": 0}, {"$set": {"data": body}})


@pytest.fixture
def behind(store: Store, url: str, tmp_path: Path) -> Behind:
    return Behind(store, None if is_mongo(url) else tmp_path / "media")


async def test_bytes_are_kept_under_their_digest(blobs: Blobs) -> None:
    assert HELLO == await blobs.add_blob(b"hello")
    assert (b"hello", 5) == (await blobs.read_blob(HELLO), await blobs.find_size(HELLO))


@pytest.mark.parametrize("body", [b"", LONG[:CHUNK], LONG[: CHUNK + 1], LONG], ids=len)
async def test_any_length_is_kept(blobs: Blobs, body: bytes) -> None:
    digest = await blobs.add_blob(body)
    assert (body, len(body)) == (await blobs.read_blob(digest), await blobs.find_size(digest))


async def test_a_part_is_read(blobs: Blobs) -> None:
    await blobs.add_blob(b"hello")
    assert (b"ell", b"lo", b"", b"") == (
        await blobs.read_blob(HELLO, 1, 3),
        await blobs.read_blob(HELLO, 3, 99),
        await blobs.read_blob(HELLO, 9, 1),
        await blobs.read_blob(HELLO, 2, 0),
    )


@pytest.mark.parametrize("start", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 16])
@pytest.mark.parametrize("length", [1, 2, CHUNK, CHUNK + 2, -1])
async def test_a_part_that_crosses_chunks_is_read(blobs: Blobs, start: int, length: int) -> None:
    digest = await blobs.add_blob(LONG)
    end = len(LONG) if length < 0 else start + length
    assert LONG[start:end] == await blobs.read_blob(digest, start, length)


async def test_the_same_bytes_are_kept_once_and_count_as_new(blobs: Blobs, behind: Behind) -> None:
    await blobs.add_blob(b"hello")
    await behind.age(HELLO)
    assert [HELLO] == await blobs.list_blobs(added_before=PAST)
    await blobs.add_blob(b"hello")
    assert ([], 1) == (await blobs.list_blobs(added_before=PAST), await behind.count())


@pytest.mark.parametrize("body", [b"hullo", b"", b"hello, and more"])
async def test_what_the_disk_changed_is_written_anew(blobs: Blobs, behind: Behind, body: bytes) -> None:
    await blobs.add_blob(b"hello")
    await behind.damage(HELLO, body)
    await blobs.add_blob(b"hello")
    assert (b"hello", 1) == (await blobs.read_blob(HELLO), await behind.count())


async def test_what_is_not_there_is_not_found_and_removed_without_a_word(blobs: Blobs) -> None:
    await blobs.remove_blob(HELLO)
    assert (None, []) == (await blobs.find_size(HELLO), await blobs.list_blobs(added_before=LATER))
    with pytest.raises(NotFound):
        await blobs.read_blob(HELLO)


async def test_removed_bytes_are_gone(blobs: Blobs, behind: Behind) -> None:
    digest = await blobs.add_blob(LONG)
    await blobs.remove_blob(digest)
    assert (None, 0) == (await blobs.find_size(digest), await behind.count())


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", HELLO.upper(), HELLO[:-1], f"{HELLO}/x"])
async def test_what_is_no_digest_names_nothing(blobs: Blobs, name: str) -> None:
    for ask in (blobs.read_blob, blobs.find_size, blobs.remove_blob):
        with pytest.raises(NotFound):
            await ask(Digest(name))


async def test_listing_is_by_age_and_in_order(blobs: Blobs, behind: Behind) -> None:
    old, new = await blobs.add_blob(b"old"), await blobs.add_blob(b"new")
    await behind.age(old)
    assert [old] == await blobs.list_blobs(added_before=PAST)
    assert sorted([old, new]) == await blobs.list_blobs(added_before=LATER)


async def test_many_who_add_the_same_bytes_at_once_keep_them_once(url: str, tmp_path: Path, behind: Behind) -> None:
    async with open_blobs(url, tmp_path / "media") as one, open_blobs(url, tmp_path / "media") as other:
        added = await asyncio.gather(*(each.add_blob(LONG) for each in (one, other) * 3))
        assert 1 == len(set(added))
        assert LONG == await other.read_blob(added[0])
    assert await behind.count() in (1, 3)


async def test_adding_and_removing_at_once_leave_it_whole_or_gone(blobs: Blobs, behind: Behind) -> None:
    for _ in range(5):
        digest = await blobs.add_blob(LONG)
        await asyncio.gather(blobs.remove_blob(digest), blobs.add_blob(LONG), blobs.remove_blob(digest))
        size = await blobs.find_size(digest)
        assert (size is None, await behind.count() == 0) in {(True, True), (False, False)}
        assert size is None or LONG == await blobs.read_blob(digest)


async def test_media_are_kept_beside_a_node_that_runs(store: Store, url: str, tmp_path: Path, blobs: Blobs) -> None:
    async with open_blobs(url, tmp_path / "media") as beside:
        await beside.add_blob(b"hello")
    assert b"hello" == await blobs.read_blob(HELLO)


async def test_without_a_database_there_is_nowhere_to_keep_media(mongo: MongoServer, tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        async with open_blobs(mongo.url(mongo.new_database()), tmp_path / "media"):
            pass
