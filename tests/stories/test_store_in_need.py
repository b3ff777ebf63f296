"""MongoDB is slow, full, closed to us, or steps down: senders hear 503, one line is logged, and work goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import aiohttp
import pytest

from storage.errors import StoreUnable
from storage.mongo.store import MongoStore
from tests.mongo_server import MongoServer
from tests.storage.faults import failing, quick_looks  # noqa: F401
from tests.stories.strangers import open_stranger
from tests.village import Village, Villager

pytestmark = pytest.mark.usefixtures("quick_looks")
FIRST = 117_000_000_000_000_000


@pytest.fixture
def new_store(mongo: MongoServer) -> Iterator[Callable[[], str | None]]:
    """Databases of the one engine that has a server."""
    made: list[str] = []

    def new() -> str:
        made.append(mongo.new_database())
        return mongo.url(made[-1])

    yield new
    for database in made:
        mongo.forget(database)


@pytest.fixture
async def us(village: Village) -> Villager:
    return await village.add("koreno")


async def follow(us: Villager, name: str) -> int:
    """A stranger follows the union; what the inbox answers."""
    inbox = f"{us.node.config.url}/inbox"
    async with open_stranger(1) as stranger, aiohttp.ClientSession() as session:
        document = stranger.activity("Follow", str(us.node.union_actor), stranger.actor(name))
        body, headers = stranger.signed(inbox, document, us.node.now(), key_id=f"{stranger.actor(name)}#main-key")
        async with session.post(inbox, data=body, headers=headers) as answer:
            assert (answer.status == 503) == ("Retry-After" in answer.headers)
            return answer.status


async def page(us: Villager) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{us.node.config.url}/") as answer:
        return answer.status


@pytest.mark.parametrize(("code", "says"), [(14031, "disk of the MongoDB server is full"), (13, "does not let us in")])
async def test_a_full_or_closed_server_is_one_line_and_503_and_nothing_is_half_written(
    us: Villager, mongo: MongoServer, caplog: pytest.LogCaptureFixture, code: int, says: str
) -> None:
    with failing(mongo, {"errorCode": code}, "insert", "update", "findAndModify"):
        assert [503] * 5 == [await follow(us, f"reader-{number}") for number in range(5)]
        with pytest.raises(StoreUnable, match=says):
            await us.do("post", handle="union", text="words")
    assert 1 == len([record for record in caplog.records if says in str(record.__dict__.get("problem"))])
    assert not [record for record in caplog.records if record.exc_info]
    assert 0 == (await us.node.store.count_received())["waiting"]
    assert 202 == await follow(us, "reader-9")


async def test_while_writes_are_slow_pages_go_on_and_senders_are_asked_to_come_again(
    us: Villager, mongo: MongoServer
) -> None:
    assert isinstance(us.node.store, MongoStore)
    assert 200 == await page(us)
    us.node.store.database.patience = 1.0
    with failing(mongo, {"blockConnection": True, "blockTimeMS": 3000}, "insert"):
        senders = [asyncio.create_task(follow(us, f"reader-{number}")) for number in range(8)]
        while not any(sender.done() for sender in senders):
            assert 200 == await page(us)
        assert {503} == {*await asyncio.gather(*senders)}


async def test_a_primary_that_steps_down_in_the_middle_loses_and_doubles_nothing(
    us: Villager, village: Village, mongo: MongoServer
) -> None:
    harbour = await village.add("harbour")
    await harbour.do("follow", address=f"union@{us.node.locations.host}")
    await village.settle()
    saying = [asyncio.create_task(say(us, number)) for number in range(6)]
    await asyncio.wait(saying, return_when=asyncio.FIRST_COMPLETED)
    mongo.note_fault("the primary steps down")
    with mongo.client() as client:
        client.admin.command({"replSetStepDown": 3, "force": True})
    await asyncio.gather(*saying)
    await village.settle()
    placed = await us.node.store.list_entries(0, 99)
    serials = [one.entry.object.rsplit("/", 1)[-1] for one in placed if not one.entry.is_profile]
    assert [str(FIRST + number) for number in range(6)] == sorted(serials)
    listed = await us.node.store.list_deliveries(None, None, after=None, limit=99)
    assert 6 == len([one for one in listed if (one.type, one.state) == ("Create", "delivered")])


async def say(us: Villager, number: int) -> None:
    """Again under the same serial until it is known to stand."""
    while True:
        try:
            await us.do("post", handle="union", text=f"Day {number}", serial=str(FIRST + number))
        except StoreUnable:
            continue
        return
