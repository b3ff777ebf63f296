"""What only GridFS shows: its layout, and what a damaged or half written file is."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import gridfs
import pytest
from pymongo.database import Database

from storage.errors import NotFound
from storage.mongo.blobs import CHUNK, MongoBlobs
from storage.mongo.opening import open_mongo
from tests.mongo_server import MongoServer
from tests.storage.test_blobs import LATER, LONG


@pytest.fixture
def database(mongo: MongoServer) -> Iterator[Database[dict[str, Any]]]:
    name = mongo.new_database()
    with mongo.client() as client:
        yield client[name]
    mongo.forget(name)


@pytest.fixture
async def blobs(mongo: MongoServer, database: Database[dict[str, Any]]) -> AsyncIterator[MongoBlobs]:
    store = await open_mongo(mongo.url(database.name))
    yield MongoBlobs(store.database)
    await store.close()


async def test_any_gridfs_tool_reads_what_we_keep(blobs: MongoBlobs, database: Database[dict[str, Any]]) -> None:
    digest = await blobs.add_blob(LONG)
    stored = gridfs.GridFSBucket(database, "media").open_download_stream(digest)
    assert (LONG, CHUNK) == (stored.read(), stored.chunk_size)


async def test_what_has_lost_a_chunk_is_missing_not_shorter(
    blobs: MongoBlobs, database: Database[dict[str, Any]]
) -> None:
    digest = await blobs.add_blob(LONG)
    database["media.chunks"].delete_one({"files_id": digest, "n": 1})
    for part in ((0, -1), (CHUNK, 1), (CHUNK - 1, 2)):
        with pytest.raises(NotFound, match="is missing"):
            await blobs.read_blob(digest, *part)
    assert LONG[: CHUNK - 1] == await blobs.read_blob(digest, 0, CHUNK - 1)
    await blobs.add_blob(LONG)
    assert LONG == await blobs.read_blob(digest)


async def test_a_part_reads_only_the_chunks_it_needs(blobs: MongoBlobs, database: Database[dict[str, Any]]) -> None:
    """The others might as well not be there."""
    digest = await blobs.add_blob(LONG)
    database["media.chunks"].delete_many({"files_id": digest, "n": {"$ne": 1}})
    assert LONG[CHUNK : CHUNK + 9] == await blobs.read_blob(digest, CHUNK, 9)


async def test_an_upload_that_broke_off_is_never_read_and_in_nobodys_way(
    blobs: MongoBlobs, database: Database[dict[str, Any]]
) -> None:
    """Ours leave nothing at all; another tool's leave chunks without a file."""
    digest = await blobs.add_blob(LONG)
    database["media.files"].delete_one({"_id": digest})
    assert (None, []) == (await blobs.find_size(digest), await blobs.list_blobs(added_before=LATER))
    with pytest.raises(NotFound):
        await blobs.read_blob(digest)
    await blobs.add_blob(LONG[:5] + LONG[5:])
    assert LONG == await blobs.read_blob(digest)
    database["media.files"].delete_one({"_id": digest})
    await blobs.remove_blob(digest)
    assert 0 == database["media.chunks"].count_documents({})


async def test_an_add_that_fails_in_its_middle_leaves_nothing(
    blobs: MongoBlobs, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_digest: str, number: int, body: bytes) -> dict[str, Any]:
        if number == 2:
            raise KeyError("as if the process were gone")
        return {"_id": f"{_digest}/{number}", "files_id": _digest, "n": number, "data": body}

    monkeypatch.setattr("storage.mongo.blobs._chunk", lost)
    with pytest.raises(KeyError):
        await blobs.add_blob(LONG)
    counts = [database[name].count_documents({}) for name in ("media.files", "media.chunks")]
    assert [0, 0] == counts
