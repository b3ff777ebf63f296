"""Inserts into MongoDB that come at once share a command, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from mongomock_motor import AsyncMongoMockClient
from pymongo.errors import BulkWriteError

from storage.backends import open_store
from storage.errors import StorageError, StoreAway, StoreFull
from storage.ids import ActivityId
from storage.mongo import driver
from storage.mongo.database import Database
from storage.mongo.driver import Client, Collection
from storage.mongo.grouped import GroupedInserts
from storage.store import Store
from tests.storage.making import a_received
from tests.storage.test_mongo_cost import Asked


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def asked(url: str, monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(driver, "_OPTIONS", {**driver._OPTIONS, "event_listeners": [asked]})
    return asked


@pytest.fixture
async def store(asked: Asked, url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    asked.told()
    yield store
    await store.close()


class Refusing:
    """A collection that answers `insert_many` so."""

    name = "received"

    def __init__(self, *faults: dict[str, Any], concern: tuple[dict[str, Any], ...] = ()) -> None:
        self._details = {"writeErrors": list(faults), "writeConcernErrors": list(concern)}

    async def insert_many(self, _documents: object, *, ordered: bool) -> None:
        assert not ordered
        raise BulkWriteError(self._details)


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    database = Database(Client(AsyncMongoMockClient(), "picketline"))
    yield database
    await database.stop()


async def test_what_comes_in_at_once_is_stored_in_two_round_trips(store: Store, asked: Asked) -> None:
    assert await asyncio.gather(*(store.add_received(a_received(n)) for n in range(100))) == [True] * 100
    assert asked.told() == ["insert"] * 2  # by 64
    assert (await store.count_received())["waiting"] == 100


async def test_each_hears_what_became_of_its_own(store: Store) -> None:
    await store.add_received(a_received(1))
    numbers = (0, 1, 2, 2, 3)
    told = await asyncio.gather(*(store.add_received(a_received(n)) for n in numbers))
    assert told == [True, False, True, False, True]
    assert (await store.count_received())["waiting"] == 4


async def test_one_that_cannot_be_written_spoils_no_other(store: Store) -> None:
    odd = replace(a_received(7), id=ActivityId("https://peer.example/\ud800"))
    told = await asyncio.gather(*map(store.add_received, [a_received(0), odd, a_received(1)]), return_exceptions=True)
    assert (told[0], told[2]) == (True, True)
    assert isinstance(told[1], UnicodeEncodeError)


async def test_a_caller_that_is_gone_leaves_the_whole_step(store: Store) -> None:
    gone = asyncio.ensure_future(store.add_received(a_received(0)))
    behind = asyncio.ensure_future(store.add_received(a_received(1)))
    await asyncio.sleep(0)
    gone.cancel()
    assert await behind
    assert not await store.add_received(a_received(0))


async def test_a_store_that_closes_finishes_what_is_asked_and_takes_no_more(url: str) -> None:
    store = await open_store(url)
    asked = [asyncio.ensure_future(store.add_received(a_received(n))) for n in range(3)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*asked) == [True] * 3
    with pytest.raises(StorageError, match="is closed"):
        await store.add_received(a_received(9))


async def test_a_fault_of_the_server_is_told_to_all_and_later_ones_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    inserts = GroupedInserts(database, "received")
    with monkeypatch.context() as broken:
        full = Collection(Refusing({"index": 1, "code": 14031, "errmsg": "full"}))
        broken.setattr(Client, "collection", lambda *_: full)
        told = await asyncio.gather(*(inserts.add({"_id": n}) for n in range(3)), return_exceptions=True)
        assert [type(one) for one in told] == [StoreFull] * 3
    assert await inserts.add({"_id": 1})


async def test_what_most_members_do_not_have_yet_is_not_stored() -> None:
    refusing = Refusing(concern=({"code": 64, "errmsg": "waiting for replication timed out"},))
    database = Database(Client(AsyncMongoMockClient(), "picketline"))
    database.client.collection = lambda *_: Collection(refusing)  # type: ignore[method-assign]
    with pytest.raises(StoreAway):
        await GroupedInserts(database, "received").add({"_id": 1})
    await database.stop()
