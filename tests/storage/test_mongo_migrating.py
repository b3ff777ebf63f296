"""A database is brought to a release's schema by one process at a time; one that dies holds nobody up for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import StoreBusy, StoreTooNew
from storage.mongo import schema
from storage.mongo.driver import Client, connect
from storage.mongo.indexes import INDEXES
from storage.mongo.schema import Step, migrate
from tests.mongo_server import MongoServer
from tests.storage.keeping import OLDER_EVIDENCE

OF_KEPT_LOGS = {
    "kept_logs",
    "kept_tiles",
    "kept_leaves",
    "kept_bodies",
    "receipts",
    "peers",
    "evidence",
    "withheld",
    "held_media",
}


@pytest.fixture(params=("motor", "pymongo"))
async def client(
    request: pytest.FixtureRequest, mongo: MongoServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setenv("PICKETLINE_MONGO_DRIVER", request.param)
    name = mongo.new_database()
    client = connect(mongo.url(name), name)
    yield client
    await client.close()
    mongo.forget(name)


async def number(client: Client) -> int:
    found = await client.collection("schema").find_one({"_id": "version"})
    return 0 if found is None else int(found["number"])


def noted(done: list[str], name: str) -> Step:
    async def step(_client: Client) -> None:
        done.append(f"{name} begins")
        await asyncio.sleep(0)
        done.append(f"{name} ends")

    return step


async def lock(client: Client, *, until: timedelta) -> None:
    at = datetime.now(UTC) + until
    await client.collection("schema").insert({"_id": "lock", "lease": "a process that died", "until": at})


async def test_of_processes_that_come_at_once_one_takes_each_step(client: Client) -> None:
    done: list[str] = []
    steps = ((noted(done, "one"),), (noted(done, "two"),))
    await asyncio.gather(*(migrate(client, steps) for _ in range(4)))
    assert done == ["one begins", "one ends", "two begins", "two ends"]
    assert await client.collection("schema").find({}) == [{"_id": "version", "number": 2}]


async def test_what_broke_off_in_a_step_is_taken_up_there(client: Client) -> None:
    done: list[str] = []

    async def broken(_client: Client) -> None:
        raise RuntimeError("the process ends")

    with pytest.raises(RuntimeError):
        await migrate(client, ((noted(done, "one"),), (broken,)))
    assert await number(client) == 1
    await migrate(client, ((broken,), (noted(done, "two"),)))
    assert (done[2:], await number(client)) == (["two begins", "two ends"], 2)


async def test_the_lock_of_a_process_that_died_lapses(client: Client) -> None:
    await lock(client, until=timedelta(seconds=-1))
    await migrate(client, ((noted([], "one"),),))
    assert await number(client) == 1


async def test_while_another_is_at_it_nothing_is_changed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_PATIENCE", -1.0)
    await lock(client, until=timedelta(hours=1))
    done: list[str] = []
    with pytest.raises(StoreBusy, match="Another process"):
        await migrate(client, ((noted(done, "one"),),))
    assert (done, await number(client)) == ([], 0)


async def test_a_store_of_the_first_schema_gets_the_indexes_of_kept_logs(client: Client) -> None:
    await migrate(client)
    for name in OF_KEPT_LOGS:
        await client.drop(name)
    await client.collection("schema").replace({"_id": "version", "number": 1})
    assert OF_KEPT_LOGS.isdisjoint(await client.collection_names())
    await migrate(client)
    assert await number(client) == len(schema.STEPS)
    for name in OF_KEPT_LOGS:
        made = await client.database.get_collection(name).index_information()
        assert {"_id_", *(index.name for index in INDEXES[name])} == made.keys()


async def test_a_peer_of_the_second_schema_has_been_asked_about_by_nobody(client: Client) -> None:
    await migrate(client, schema.STEPS[:2])
    await client.collection("peers").insert({"_id": "did:key:z6MkPeer", "silent_since": 1})
    await migrate(client)
    told = {"silence_agreed_at": None, "silence_denied_at": None}
    assert await client.collection("peers").find({}) == [{"_id": "did:key:z6MkPeer", "silent_since": 1, **told}]


async def test_what_others_claimed_and_what_was_not_served_no_longer_speaks_against_a_log(client: Client) -> None:
    await migrate(client, schema.STEPS[:5])
    older = [
        {"_id": number, "kind": kind, "first": first, "second": second}
        for number, (kind, first, second, _) in enumerate(OLDER_EVIDENCE)
    ]
    await client.collection("evidence").insert_all(older)
    await migrate(client)
    found = await client.collection("evidence").find({}, sort=(("_id", 1),))
    assert [row[-1] for row in OLDER_EVIDENCE] == [one["kind"] for one in found]


async def test_one_that_was_slow_does_not_take_back_what_others_reached(client: Client) -> None:
    """Its lock has lapsed meanwhile, and a newer release went further."""

    async def slow(client: Client) -> None:
        await client.collection("schema").replace({"_id": "version", "number": 2})

    with pytest.raises(StoreTooNew):
        await migrate(client, ((slow,),))
    assert await number(client) == 2
