"""`kill -9` in the middle of publishing and of delivering: what was acknowledged stands, and under one id."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from federation.strictjson import JsonObject, load_object
from node.cli.reading import member, text
from node.config import Config
from node.context import open_node
from node.control import client
from tests.soak.crews import a_home

INBOXES = 6
POSTS_PER_LIFE = 4


@dataclass(slots=True)
class Listener:
    """Another server: answers 202 and remembers which object and activity ids each text came under."""

    objects: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    activities: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    reached: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    deaths: list[asyncio.subprocess.Process] = field(default_factory=list)
    """A process to be killed while its next delivery stands between being taken and being acknowledged."""

    async def take(self, request: web.Request) -> web.Response:
        document = load_object(await request.read())
        words = text(member(document, "object"), "content")
        async with self.news:
            self.objects[words].add(text(member(document, "object"), "id"))
            self.activities[words].add(text(document, "id"))
            self.reached[words].add(request.path)
            self.news.notify_all()
        if self.deaths:
            kill(self.deaths.pop())
        return web.Response(status=202)


@dataclass(slots=True)
class Node:
    """A real process, started as often as it is killed."""

    config: Config
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node", "--home", str(self.config.home), "serve",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert await self.process.stdout.readline()
        return self.process

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def post(self, serial: int, words: str) -> bool:
        """Whether the post was acknowledged; False when the node died meanwhile."""
        params: JsonObject = {"handle": "union", "text": words, "serial": str(serial)}
        try:
            await asyncio.to_thread(client.call, self.config.home, "post", params)
        except (client.Interrupted, client.NotRunning):
            return False
        return True


def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/inbox/{number}", listener.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def live_and_die(node: Node, listener: Listener, life: int, chance: random.Random) -> list[tuple[int, str]]:
    """Publish until killed, at a moment that differs from life to life; the posts that were acknowledged."""
    process = await node.start()
    posts = [(next_id(life, number), f"Update {number} of life {life}") for number in range(POSTS_PER_LIFE)]
    fatal = chance.randrange(POSTS_PER_LIFE)
    acknowledged = []
    for number, (serial, words) in enumerate(posts):
        if number == fatal and life % 2:
            listener.deaths.append(process)  # dies when a delivery was taken but not acknowledged
        publishing = asyncio.create_task(node.post(serial, words))
        if number == fatal and not life % 2:
            for _ in range(chance.randrange(1, 40)):
                await asyncio.sleep(0)  # lets the request go out; how far it comes differs
            kill(process)
        if await publishing:
            acknowledged.append((serial, words))
    if listener.deaths or process.returncode is None:
        kill(process)
        listener.deaths.clear()
    await process.wait()
    return acknowledged


def next_id(life: int, number: int) -> int:
    return 117_000_000_000_000_000 + life * 1000 + number


async def crash_and_recover(folder: Path, lives: int) -> None:
    listener, chance = Listener(), random.Random(lives)
    async with listening(listener) as other:
        node = Node(await a_home(folder, None, [other], INBOXES))
        acknowledged = []
        for life in range(lives):
            acknowledged += await live_and_die(node, listener, life, chance)
        await node.start()
        try:
            await everybody_has(acknowledged, listener)
        finally:
            await node.stop()
        await nothing_is_lost_or_doubled(node.config, acknowledged, listener)


async def everybody_has(posts: list[tuple[int, str]], listener: Listener) -> None:
    """Wait until every inbox has every acknowledged post."""
    wanted = [f"<p>{words}</p>" for _, words in posts]
    async with asyncio.timeout(90), listener.news:
        await listener.news.wait_for(lambda: all(len(listener.reached[html]) == INBOXES for html in wanted))


async def nothing_is_lost_or_doubled(config: Config, acknowledged: list[tuple[int, str]], listener: Listener) -> None:
    async with open_node(config) as node:
        await node.projector.catch_up()
        for serial, words in acknowledged:
            post = await node.store.find_post(node.locations.post(str(serial)))
            assert post is not None
            assert post.text == words
        assert await node.store.check() == []
    assert acknowledged, "no post was ever acknowledged: this test would prove nothing"
    assert {words: ids for words, ids in listener.objects.items() if len(ids) != 1} == {}
    assert {words: ids for words, ids in listener.activities.items() if len(ids) != 1} == {}


async def test_five_kills_lose_no_acknowledged_post_and_double_none(tmp_path: Path) -> None:
    await crash_and_recover(tmp_path, lives=5)


@pytest.mark.soak
async def test_fifty_kills_lose_no_acknowledged_post_and_double_none(tmp_path: Path) -> None:
    await crash_and_recover(tmp_path, lives=50)
