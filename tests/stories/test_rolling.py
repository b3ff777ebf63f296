"""Two servers of one union are restarted in turn, as for an upgrade: nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import aiohttp

from federation.strictjson import JsonObject
from node.cli.reading import text
from node.config import Config
from node.context import open_node
from node.control import client
from tests.federation.loopback import open_site
from tests.mongo_server import MongoServer, free_port
from tests.soak.crews import a_copy, a_home, others, running
from tests.soak.test_two_servers import stands_once
from tests.stories.strangers import Stranger, key_number

FOLLOWERS: Final = 4
FIRST: Final = 117_000_000_000_000_000
DOWN: Final = (client.NotRunning, client.Interrupted)


class Balancer:
    """Brings each request to a server that is up, and again to the other when that one goes."""

    def __init__(self, config: Config, homes: dict[str, Path], session: aiohttp.ClientSession) -> None:
        self._config, self._homes, self._session = config, homes, session
        self.up = set(homes)

    async def post(self, serial: int) -> None:
        """Publish it, under the same serial however often it takes."""
        params: JsonObject = {"handle": "union", "text": f"Update {serial}", "serial": str(serial)}
        while True:
            for address in sorted(self.up):
                try:
                    await asyncio.to_thread(client.call, self._homes[address], "post", params)
                except DOWN:
                    continue
                return
            await asyncio.sleep(0)  # neither is there: whoever brings one back must have a turn

    async def follow(self, stranger: Stranger, number: int) -> str:
        """Somebody new follows; the id of the Follow, which was answered 202."""
        actor = stranger.actor(f"reader-{number}")
        document = stranger.activity("Follow", f"{self._config.url}/actors/union", actor)
        while True:
            for address in sorted(self.up, reverse=True):
                body, headers = stranger.signed(
                    f"{self._config.url}/inbox", document, datetime.now(UTC), key_id=f"{actor}#main-key"
                )
                try:
                    async with self._session.post(f"http://{address}/inbox", data=body, headers=headers) as answer:
                        assert answer.status == 202
                except aiohttp.ClientConnectionError:
                    continue
                return text(document, "id")
            await asyncio.sleep(0)


async def keep_posting(balancer: Balancer, stop: asyncio.Event, posted: asyncio.Queue[int]) -> None:
    for number in count(FIRST):
        if stop.is_set():
            return
        await balancer.post(number)
        posted.put_nowait(number)


async def keep_following(balancer: Balancer, stranger: Stranger, stop: asyncio.Event, taken: set[str]) -> None:
    for number in count():
        if stop.is_set():
            return
        taken.add(await balancer.follow(stranger, number))


@dataclass(slots=True)
class Crew:
    """The servers, by their addresses."""

    homes: dict[str, Path]
    lives: dict[str, AsyncExitStack] = field(default_factory=dict)

    async def start(self, address: str) -> None:
        self.lives[address] = AsyncExitStack()
        await self.lives[address].enter_async_context(running(self.homes[address], "serve", listen=address))

    async def stop(self, address: str) -> None:
        await self.lives.pop(address).aclose()


@asynccontextmanager
async def crew_of(homes: dict[str, Path]) -> AsyncIterator[Crew]:
    crew = Crew(homes)
    try:
        for address in homes:
            await crew.start(address)
        yield crew
    finally:
        for address in [*crew.lives]:
            await crew.stop(address)


async def restart_in_turn(crew: Crew, balancer: Balancer, posted: asyncio.Queue[int]) -> list[int]:
    """Each ends by itself and comes back while the other serves; what was posted meanwhile."""
    seen = list[int]()
    for address in crew.homes:
        balancer.up.remove(address)
        await crew.stop(address)
        seen += [posted.get_nowait() for _ in range(posted.qsize())]
        seen += [await posted.get() for _ in range(3)]
        await crew.start(address)
        balancer.up.add(address)
    return seen


async def everything_has_its_effect(mongo: MongoServer, database: str) -> None:
    """Wait until no activity that was taken waits any more."""
    with mongo.client() as client:
        while client[database]["received"].count_documents({"state": "waiting"}):  # noqa: ASYNC110  other processes
            await asyncio.sleep(0.2)


async def test_servers_restarted_in_turn_lose_nothing(tmp_path: Path, mongo: MongoServer) -> None:
    async with others(1) as served, open_site() as site, aiohttp.ClientSession() as session:
        database = mongo.new_database()
        config = await a_home(tmp_path, mongo.url(database), served.bases, FOLLOWERS)
        homes = {f"127.0.0.1:{free_port()}": a_copy(config, name) for name in ("one", "two")}
        balancer, stranger = Balancer(config, homes, session), Stranger(site, key_number(1))
        stop, posted, taken = asyncio.Event(), asyncio.Queue[int](), set[str]()
        async with crew_of(homes) as crew:
            async with asyncio.TaskGroup() as busy:
                busy.create_task(keep_posting(balancer, stop, posted))
                busy.create_task(keep_following(balancer, stranger, stop, taken))
                seen = await restart_in_turn(crew, balancer, posted)
                stop.set()
            seen += [posted.get_nowait() for _ in range(posted.qsize())]
            await served.have_different(len(seen) * FOLLOWERS)
            await everything_has_its_effect(mongo, database)
        await stands_once(config, seen)
        async with open_node(config) as node:
            listed = await node.store.list_followers(node.union_actor, after=None, limit=9999)
            received = await node.store.count_received()
    assert len(taken) > 1
    assert taken - {one.activity for one in listed if one.state == "accepted"} == set()
    assert (received["waiting"], received["failed"]) == (0, 0)
