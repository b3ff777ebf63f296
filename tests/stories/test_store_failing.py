"""MongoDB is killed under a real server and a real worker, and comes back: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from federation.strictjson import JsonObject
from node.cli.reading import text
from node.config import Config
from node.context import open_node
from node.control import client
from node.refusal import Refusal
from tests.federation.loopback import open_site
from tests.mongo_server import Mortal, mortal_server
from tests.soak.crews import Others, a_copy, a_home, others, running
from tests.stories.strangers import Stranger, key_number

FOLLOWERS: Final = 3
A_SENDER_WAITS: Final = aiohttp.ClientTimeout(total=10)
FIRST: Final = 117_000_000_000_000_000
MOST_LINES: Final = 30


@dataclass(slots=True)
class Outside:
    """Others, who send and read; `taken` are the activities that were answered 202."""

    config: Config
    stranger: Stranger
    session: aiohttp.ClientSession
    taken: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=count)
    told: set[str] = field(default_factory=set)
    """The sentences of posts that were refused."""

    async def follow(self) -> int:
        """Somebody new follows the union; 503 says when to come again, and nothing takes longer than a sender waits."""
        inbox, number = f"{self.config.url}/inbox", next(self.numbers)
        actor = self.stranger.actor(f"reader-{number}")
        document = self.stranger.activity("Follow", f"{self.config.url}/actors/union", actor)
        body, headers = self.stranger.signed(inbox, document, datetime.now(UTC), key_id=f"{actor}#main-key")
        async with self.session.post(inbox, data=body, headers=headers) as answer:
            assert (answer.status == 503) == ("Retry-After" in answer.headers)
            self.answers[answer.status] += 1
        if answer.status == 202:
            self.taken.add(text(document, "id"))
        return answer.status

    async def page(self) -> int:
        """The union's page."""
        async with self.session.get(f"{self.config.url}/") as answer:
            return answer.status

    async def post(self, number: int) -> bool:
        """Say it, always under the same serial; False when one sentence says that it cannot be known now."""
        params: JsonObject = {"handle": "union", "text": f"Day {number}", "serial": str(FIRST + number)}
        try:
            await asyncio.to_thread(client.call, self.config.home, "post", params)
        except (client.Away, Refusal) as problem:
            self.told.add(str(problem))
            return False
        return True


async def outage(mongo: Mortal, outside: Outside, rounds: int) -> None:
    """It is killed in the middle of work, asked for in vain so many rounds, and started again."""
    assert 200 == await outside.page()
    busy = [asyncio.create_task(outside.follow()) for _ in range(6)]
    said = asyncio.create_task(outside.post(1))
    await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(mongo.die)
    unknown = asyncio.create_task(outside.post(2))
    for _ in range(rounds):
        assert [503] * 4 == await asyncio.gather(*(outside.follow() for _ in range(4)))
        assert await outside.page() in {200, 503}
    assert {202, 503} >= {*await asyncio.gather(*busy)}
    assert not await unknown
    await said
    await asyncio.to_thread(mongo.live)


async def go_on(outside: Outside) -> None:
    """As soon as it is back, and by themselves."""
    async with asyncio.timeout(30):
        while await outside.follow() != 202:
            pass
        for number in (1, 2, 3):
            while not await outside.post(number):
                pass


async def stands_once(config: Config, taken: set[str], logs: Sequence[Path]) -> None:
    async with open_node(config) as node:
        entries = await node.store.list_entries(0, 99)
        assert await node.store.check() == []
        received = await node.store.count_received()
        listed = await node.store.list_followers(node.union_actor, after=None, limit=999)
    serials = [placed.entry.object.rsplit("/", 1)[-1] for placed in entries if not placed.entry.is_profile]
    assert sorted(serials) == [str(FIRST + number) for number in range(4)]
    assert received["failed"] == received["waiting"] == 0
    assert taken - {one.activity for one in listed if one.state == "accepted"} == set()
    for log in logs:
        told = log.read_text()
        assert "Traceback" not in told
        assert len(told.splitlines()) <= MOST_LINES, told


async def everything_arrives(served: Others, outside: Outside, mongo: Mortal) -> None:
    """Every post at every follower, and every follow accepted; leases of the dead moment included."""
    await served.have_different(4 * FOLLOWERS)
    name = outside.config.store.rsplit("/", 1)[-1].partition("?")[0]
    with mongo.server.client() as client:
        while client[name]["received"].count_documents({"state": "waiting"}):  # noqa: ASYNC110  other processes
            await asyncio.sleep(0.2)


async def kill_and_go_on(folder: Path, rounds: int) -> None:
    with mortal_server(folder / "mongo") as mongo:
        async with others(1) as served, open_site() as site, AsyncExitStack() as crew:
            config = await a_home(folder, mongo.server.url("union"), served.bases, FOLLOWERS)
            logs = [folder / "serve.log", folder / "worker.log"]
            listen = config.url.removeprefix("http://")
            await crew.enter_async_context(running(config.home, "serve", listen=listen, log=logs[0]))
            await crew.enter_async_context(running(a_copy(config, "other"), "worker", log=logs[1]))
            session = await crew.enter_async_context(aiohttp.ClientSession(timeout=A_SENDER_WAITS))
            outside = Outside(config, Stranger(site, key_number(1)), session)
            assert await outside.post(0)
            assert 202 == await outside.follow()
            await outage(mongo, outside, rounds)
            await go_on(outside)
            await everything_arrives(served, outside, mongo)
            await crew.aclose()
            await stands_once(config, outside.taken, logs)
            assert all(sentence.startswith("The MongoDB server does not answer.") for sentence in outside.told)


async def test_a_killed_server_loses_and_doubles_nothing_and_all_go_on_when_it_is_back(tmp_path: Path) -> None:
    await kill_and_go_on(tmp_path, rounds=1)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_it_is_away_for_a_minute(tmp_path: Path) -> None:
    await kill_and_go_on(tmp_path, rounds=7)
