"""What one process changes the others hear of within a second: pages, blocks, and work that waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import pytest
from aiohttp import web

from federation.blocks.targets import names_of
from federation.strictjson import JsonObject
from node.app import build_app
from node.bells import Bell
from node.commands import run_command
from node.context import Node
from node.news import LOOK_SECONDS, TELL_SECONDS, News, join_news, news_lifecycle, telling
from storage.errors import StoreAway
from storage.ids import ActorId
from tests.sharing import Alone, Shared
from tests.twins import Hourglass, Stalled, a_twin
from tests.village import Village, Villager

SUBJECTS: Final = {
    "readers": "readers_bell",
    "deliveries": "delivery_bell",
    "blocks": "blocks_bell",
    "received": "received_bell",
    "moves": "moves_bell",
    "heads": "heads_bell",
    "receipts": "receipts_bell",
}
EVE: Final = ActorId("https://mal.example/users/eve")


class Scene:
    """Processes of one node that pause as long as the test likes."""

    def __init__(self, us: Villager, glass: Hourglass, stack: AsyncExitStack) -> None:
        self.us, self.glass, self.stack = us, glass, stack

    async def add(self, store: Any = None) -> Villager:
        return await self.stack.enter_async_context(a_twin(self.us, store or Shared(self.us.node.store), self.glass))

    async def news(self, store: Any = None) -> tuple[Node, News]:
        """A process that notes what rings in it, and tells and looks when it is told to."""
        node = (await self.add(store)).node
        news = join_news(node)
        self.stack.enter_context(news.listening())
        await news.look()
        return node, news

    async def numbers(self) -> dict[str, int]:
        return await self.us.node.store.list_news()


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us = await village.add("koreno")
    async with AsyncExitStack() as stack:
        yield Scene(us, Hourglass(village.clock), stack)


def hear(node: Node, subject: str) -> list[str]:
    """A list that grows with each ring of the bell of this subject."""
    heard: list[str] = []
    bell: Bell = getattr(node, SUBJECTS[subject])
    bell.listeners.append(lambda: heard.append(subject))
    return heard


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_bell_that_rings_in_one_process_rings_in_the_others_and_goes_no_further(
    scene: Scene, subject: str
) -> None:
    (one, ours), (two, theirs) = await scene.news(), await scene.news()
    here, there = hear(one, subject), hear(two, subject)
    getattr(one, SUBJECTS[subject]).ring()
    await ours.tell()
    for news in (theirs, theirs, ours):
        await news.look()
        await news.tell()
    assert (here, there) == ([subject], [subject])
    assert await scene.numbers() == {subject: 1}


async def test_what_rings_often_is_told_once(scene: Scene) -> None:
    one, ours = await scene.news()
    for _ in range(10):
        one.readers_bell.ring()
        one.delivery_bell.ring()
    await ours.tell()
    await ours.tell()
    assert await scene.numbers() == {"readers": 1, "deliveries": 1}


async def test_one_that_tells_does_not_miss_what_others_told_meanwhile(scene: Scene) -> None:
    (one, ours), (two, theirs) = await scene.news(), await scene.news()
    heard = hear(one, "readers")
    two.readers_bell.ring()
    await theirs.tell()
    one.readers_bell.ring()
    await ours.tell()
    await ours.look()
    assert heard == ["readers", "readers"]


async def test_a_look_while_the_store_is_told_does_not_hear_its_own_ring(scene: Scene) -> None:
    stalled = Stalled(Shared(scene.us.node.store), "ring")
    one, ours = await scene.news(stalled)
    heard = hear(one, "readers")
    one.readers_bell.ring()
    at_it = asyncio.create_task(ours.tell())
    await stalled.stalls.acquire()
    looking = asyncio.create_task(ours.look())
    one.readers_bell.ring()  # after what is being told, so it is told once more
    stalled.goes.release()
    await asyncio.gather(at_it, looking)
    assert heard == ["readers", "readers"]
    stalled.goes.release()
    await ours.tell()
    assert await scene.numbers() == {"readers": 2}


async def test_a_process_that_begins_takes_all_for_news(scene: Scene) -> None:
    await scene.us.node.store.ring("readers")
    node = (await scene.add()).node
    heard = hear(node, "readers")
    await join_news(node).look()
    assert heard == ["readers"]


async def test_a_subject_of_a_newer_release_is_passed_over(scene: Scene) -> None:
    _, ours = await scene.news()
    await scene.us.node.store.ring("mirrors")
    await ours.look()
    assert await scene.numbers() == {"mirrors": 1}


async def test_who_was_blocked_in_one_process_is_refused_in_the_others(scene: Scene) -> None:
    (one, ours), (two, theirs) = await scene.news(), await scene.news()
    assert await two.blocks.find(EVE, is_known=True) is None
    await run_command("block add", {"target": "mal.example"}, one)
    await ours.tell()
    assert await two.blocks.find(EVE) is None  # it cannot know yet
    await theirs.look()
    block = await two.blocks.find(EVE)
    assert block is not None
    assert block.target in names_of(EVE)


class Away(Shared):
    """A store whose server is away for a while."""

    is_away = False

    async def list_news(self) -> dict[str, int]:
        self._refuse()
        return await self._store.list_news()

    async def ring(self, subject: str) -> None:
        self._refuse()
        await self._store.ring(subject)

    def _refuse(self) -> None:
        if self.is_away:
            raise StoreAway("The server does not answer.")


class Telltale(Shared):
    """A store that says when its process has told the others that pages changed, and when it has looked."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.told, self.looked = asyncio.Event(), asyncio.Event()

    async def ring(self, subject: str) -> None:
        await self._store.ring(subject)
        if subject == "readers":
            self.told.set()

    async def list_news(self) -> dict[str, int]:
        numbers = await self._store.list_news()
        self.looked.set()
        return numbers


async def run(scene: Scene, store: Any = None) -> Node:
    """A process whose news run as in a node that serves."""
    node = (await scene.add(store)).node
    lifecycle = news_lifecycle(node)(web.Application())
    await anext(lifecycle)

    scene.stack.push_async_callback(anext, lifecycle, None)
    return node


async def test_news_travel_within_a_second_and_a_fifth(scene: Scene) -> None:
    one, two = await run(scene), await run(scene)
    await scene.glass.rest(seconds=LOOK_SECONDS, count=2)
    heard = hear(two, "received")
    one.received_bell.ring()
    await scene.glass.rest(seconds=TELL_SECONDS)
    one.received_bell.ring()
    assert await scene.numbers() == {"received": 1}
    scene.glass.move(seconds=TELL_SECONDS)
    await scene.glass.rest(seconds=TELL_SECONDS)
    assert await scene.numbers() == {"received": 2}
    scene.glass.move(seconds=LOOK_SECONDS)
    await scene.glass.rest(seconds=LOOK_SECONDS, count=2)
    assert heard == ["received"]


async def test_a_store_that_is_away_is_logged_once_and_nothing_is_forgotten(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="node.news")
    store = Away(scene.us.node.store)
    node = await run(scene, store)
    await scene.glass.rest(seconds=LOOK_SECONDS)
    heard = hear(node, "moves")
    store.is_away = True
    node.blocks.forget()
    await scene.glass.rest(seconds=TELL_SECONDS)
    for _ in range(5):
        scene.glass.move(seconds=LOOK_SECONDS)
        await scene.glass.rest(seconds=LOOK_SECONDS)
        await scene.glass.rest(seconds=TELL_SECONDS)
    await scene.us.node.store.ring("moves")
    assert (await scene.numbers(), heard) == ({"moves": 1}, [])
    store.is_away = False
    scene.glass.move(seconds=LOOK_SECONDS)
    await scene.glass.rest(seconds=LOOK_SECONDS)
    await scene.glass.rest(seconds=TELL_SECONDS)
    assert (await scene.numbers(), heard) == ({"moves": 1, "blocks": 1}, ["moves"])
    said = [record.getMessage() for record in caplog.records if record.name == "node.news"]
    assert said == ["no news until the store answers", "the store answers, so there is news again"]


async def test_what_rang_last_is_told_before_the_process_ends(scene: Scene) -> None:
    node = (await scene.add()).node
    async with telling(node):
        await run_command("block add", {"target": "mal.example"}, node)
        assert await scene.numbers() == {}
    assert "blocks" in await scene.numbers()
    node.readers_bell.ring()  # nobody listens any more
    assert "readers" not in await scene.numbers()


async def test_a_store_that_is_away_at_the_end_holds_up_no_command(scene: Scene) -> None:
    store = Away(scene.us.node.store)
    node = (await scene.add(store)).node
    async with telling(node):
        node.blocks.forget()
        store.is_away = True
    assert await scene.numbers() == {}


async def test_a_page_that_another_process_kept_shows_what_was_published_here(scene: Scene) -> None:
    teller, looker = Telltale(scene.us.node.store), Telltale(scene.us.node.store)
    one, two = await run(scene, teller), await scene.add(looker)
    runner = web.AppRunner(build_app(two.node, two.workers), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    scene.stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession(headers={"Host": two.node.locations.host}) as session:

        async def page() -> str:
            async with session.get(url) as answer:
                return await answer.text()

        await looker.looked.wait()
        await scene.glass.rest(seconds=60)  # its housekeeping reads the record on too
        assert "walked out" not in await page()
        teller.told.clear()
        heard = asyncio.Event()
        two.node.readers_bell.listeners.append(heard.set)
        said: JsonObject = {"handle": "union", "text": "We walked out", "serial": one.new_serial()}
        await run_command("post", said, one)
        await teller.told.wait()
        assert "walked out" not in await page()  # it was kept, and two has not looked yet
        scene.glass.move(seconds=LOOK_SECONDS)
        await heard.wait()
        assert "walked out" in await page()


async def test_a_node_alone_on_its_store_tells_nobody(scene: Scene) -> None:
    node = (await scene.add(Alone(scene.us.node.store))).node
    bells = [getattr(node, bell) for bell in SUBJECTS.values()]
    before = [len(bell.listeners) for bell in bells]
    lifecycle = news_lifecycle(node)(web.Application())
    await anext(lifecycle)
    node.readers_bell.ring()
    assert [len(bell.listeners) for bell in bells] == before
    await anext(lifecycle, None)
    assert await scene.numbers() == {}
