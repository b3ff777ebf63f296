"""Deliveries go out when one mirror holds what they carry, or after two seconds; where there is no mirror, at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from aiohttp import web

from federation.log.first_receipt import PATIENCE_SECONDS
from node.web.peers.log_waiting import MOST_OF_ONE, HeadWaiters
from node.web.peers.log_waiting import PATIENCE_SECONDS as LONG
from storage.ids import Did
from storage.records import Receipt
from tests.stories.reading_logs import get, our_log, our_name
from tests.stories.test_held_logs import a_peer
from tests.twins import Hourglass, a_twin
from tests.village import START, Village, Villager

MIRROR = Did("did:key:z6MkMirror")


class Scene:
    """A node with a follower elsewhere, whose pauses last until the test moves time."""

    def __init__(self, us: Villager, glass: Hourglass) -> None:
        self.us, self.glass = us, glass

    async def say(self, words: str) -> asyncio.Task[int]:
        """Publish, and begin to fan out."""
        await self.us.do("post", handle="strike", text=words)
        return asyncio.create_task(self.us.node.fan_out.catch_up())

    async def receive(self, size: int) -> None:
        receipt = Receipt(log=our_name(self.us), mirror=MIRROR, size=size, at=START, line="— x y\n")
        assert await self.us.node.store.save_receipt(receipt)
        self.us.node.receipts_bell.ring()

    async def patience(self) -> None:
        await self.glass.rest(seconds=PATIENCE_SECONDS)


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us, other = await village.add("koreno"), await village.add("harbour")
    await us.do("campaign add", handle="strike", name="Strike")
    await other.do("follow", address=f"strike@{us.node.locations.host}")
    await village.settle()
    glass = Hourglass(village.clock)
    async with AsyncExitStack() as stack:
        twin = await stack.enter_async_context(a_twin(us, us.node.store, glass))
        yield Scene(twin, glass)


async def test_without_a_mirror_nothing_is_waited_for(scene: Scene) -> None:
    assert 1 == await (await scene.say("We walked out"))
    await scene.us.node.store.add_peer(a_peer(MIRROR, state="asked"))
    assert 1 == await (await scene.say("We are many"))


async def test_with_a_mirror_deliveries_wait_for_a_receipt_of_this_size(scene: Scene) -> None:
    await scene.us.node.store.add_peer(a_peer(MIRROR))
    made = await scene.say("We walked out")
    await scene.patience()
    await scene.receive(2)
    await asyncio.sleep(0)
    assert not made.done()
    await scene.receive(3)
    assert 1 == await made


async def test_without_a_receipt_they_go_after_two_seconds(scene: Scene) -> None:
    await scene.us.node.store.add_peer(a_peer(MIRROR))
    made = await scene.say("We walked out")
    await scene.patience()
    assert not made.done()
    scene.glass.move(seconds=PATIENCE_SECONDS)
    assert 1 == await made


async def test_a_receipt_that_is_there_already_is_not_waited_for(scene: Scene) -> None:
    await scene.us.node.store.add_peer(a_peer(MIRROR))
    await scene.receive(3)
    assert 1 == await (await scene.say("We walked out"))


async def test_a_mirror_that_was_removed_holds_nothing_up(scene: Scene) -> None:
    await scene.us.node.store.add_peer(a_peer(MIRROR))
    await scene.us.node.store.save_peer(replace(a_peer(MIRROR), state="removed", is_ended=True))
    assert 1 == await (await scene.say("We walked out"))


async def test_whoever_waits_for_a_head_is_answered_when_it_is_signed(village: Village) -> None:
    us = await village.add("koreno")
    glass = Hourglass(village.clock)
    waiters = HeadWaiters(us.node.heads_bell, glass)
    store, name = us.node.store, our_name(us)
    waiting = asyncio.create_task(waiters.wait(store, name, 2, asker=1))
    late = asyncio.create_task(waiters.wait(store, name, 9, asker=1))
    await glass.rest(seconds=LONG, count=2)
    await us.do("campaign add", handle="strike", name="Strike")
    found = await waiting
    assert (2, False) == (found.checkpoint_size if found else None, late.done())
    glass.move(seconds=LONG)
    found = await late
    assert 2 == (found.checkpoint_size if found else None)
    many = [asyncio.create_task(waiters.wait(store, name, 9, asker=1)) for _ in range(MOST_OF_ONE)]
    await glass.rest(seconds=LONG, count=MOST_OF_ONE)
    found = await waiters.wait(store, name, 9, asker=1)
    assert 2 == (found.checkpoint_size if found else None)
    other = asyncio.create_task(waiters.wait(store, name, 9, asker=2))
    await glass.rest(seconds=LONG, count=MOST_OF_ONE + 1)
    glass.move(seconds=LONG)
    await asyncio.gather(*many, other)
    assert 200 == (await get(us, f"{our_log(us)}/checkpoint?size=9")).status


async def test_a_node_that_stops_lets_nobody_wait(village: Village) -> None:
    us = await village.add("koreno")
    glass = Hourglass(village.clock)
    waiters = HeadWaiters(us.node.heads_bell, glass)
    waiting = asyncio.create_task(waiters.wait(us.node.store, our_name(us), 9, asker=1))
    await glass.rest(seconds=LONG)
    await waiters.end(web.Application())
    found = await waiting
    assert 1 == (found.checkpoint_size if found else None)
