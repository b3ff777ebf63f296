"""Two servers of one union publish at once: every post stands once, in one order, on both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from federation.strictjson import JsonObject
from node.config import Config
from node.context import open_node
from node.control import client
from tests.mongo_server import MongoServer, free_port, mongo_server
from tests.soak.crews import a_copy, a_home, running

SECONDS = 60
AT_ONCE = 2
FIRST = 117_000_000_000_000_000


async def test_a_few_posts_from_each_stand_once_in_one_order_on_both(tmp_path: Path, mongo: MongoServer) -> None:
    await both_publish(tmp_path, mongo, lambda number: number < 4)


@pytest.mark.soak
async def test_two_servers_publish_for_a_minute(tmp_path: Path) -> None:
    with mongo_server("--sync-on-commit") as server:
        end = time.monotonic() + SECONDS
        await both_publish(tmp_path, server, lambda _number: time.monotonic() < end)


async def both_publish(folder: Path, server: MongoServer, goes_on: Callable[[int], bool]) -> None:
    config = await a_home(folder, server.url(server.new_database()), [], 0)
    homes = [a_copy(config, name) for name in ("one", "two")]
    addresses = [f"127.0.0.1:{free_port()}" for _ in homes]
    async with running(homes[0], "serve", listen=addresses[0]), running(homes[1], "serve", listen=addresses[1]):
        given = await asyncio.gather(
            *(
                publish(home, FIRST + 1_000_000 * (AT_ONCE * place + writer), goes_on)
                for place, home in enumerate(homes)
                for writer in range(AT_ONCE)
            )
        )
        acknowledged = sorted(serial for serials in given for serial in serials)
        seen = [await outbox(address, config) for address in addresses]
    assert acknowledged, "nothing was acknowledged: this test would prove nothing"
    assert seen[0] == seen[1]
    assert sorted(seen[0]) == acknowledged
    await stands_once(config, acknowledged)
    print(f"\n{len(acknowledged)} posts by two servers")  # noqa: T201


async def publish(home: Path, first: int, goes_on: Callable[[int], bool]) -> list[int]:
    """One post after the other; the serials that were acknowledged."""
    acknowledged, number = [], 0
    while goes_on(number):
        params: JsonObject = {"handle": "union", "text": f"Update {first + number}", "serial": str(first + number)}
        await asyncio.to_thread(client.call, home, "post", params)
        acknowledged.append(first + number)
        number += 1
    return acknowledged


async def outbox(address: str, config: Config) -> list[int]:
    """Serials of all updates as one server shows them, newest first."""
    page, serials = f"http://{address}/actors/union/outbox?page=true", list[int]()
    async with aiohttp.ClientSession(headers={"Accept": "application/activity+json"}) as session:
        while page:
            async with session.get(page.replace(config.url, f"http://{address}")) as answer:
                assert answer.status == 200
                document = await answer.json(content_type=None)
            serials += [int(item["object"]["id"].rsplit("/", 1)[-1]) for item in document["orderedItems"]]
            page = document.get("next", "")
    return serials


async def stands_once(config: Config, acknowledged: list[int]) -> None:
    async with open_node(config) as node:
        entries = await node.store.list_entries(0, 1_000_000)
        assert await node.store.check() == []
    assert [placed.index for placed in entries] == list(range(len(entries)))
    posts = [int(placed.entry.object.rsplit("/", 1)[-1]) for placed in entries if not placed.entry.is_profile]
    assert sorted(posts) == acknowledged
