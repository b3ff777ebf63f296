"""One dead, one hanging and one slow inbox among fifty: the others have the post as if those were not there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from node.cli.reading import rows, text
from storage.ids import ActivityId, ActorId, InboxUrl, Lease
from storage.records import Follower
from tests.federation.loopback import open_site
from tests.village import START, Village, Villager

GOOD = 47


@dataclass(slots=True)
class Neighbours:
    """47 good servers, each a host of its own; a slow and a hanging one that end when they are let; a dead one."""

    arrived: set[str] = field(default_factory=set)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    patience: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: the hanging and the slow one answer at last."""
    inboxes: list[str] = field(default_factory=list)

    def good(self, inbox: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(_request: web.Request) -> web.StreamResponse:
            async with self.news:
                self.arrived.add(inbox)
                self.news.notify_all()
            return web.Response(status=202)

        return answer

    async def hang(self, _request: web.Request) -> web.StreamResponse:
        await self.patience.wait()
        return web.Response(status=202)

    async def drip(self, request: web.Request) -> web.StreamResponse:
        """The status comes at once, the rest byte by byte, never ending."""
        response = web.StreamResponse(status=202)
        await response.prepare(request)
        await response.write(b".")
        await self.patience.wait()
        return response


@pytest.fixture
async def neighbours() -> AsyncIterator[Neighbours]:
    found = Neighbours()
    async with AsyncExitStack() as stack:
        for number in range(GOOD + 2):
            site = await stack.enter_async_context(open_site())
            inbox = f"http://127.0.0.1:{site.port}/inbox"
            site.handlers["/inbox"] = [found.hang, found.drip][number] if number < 2 else found.good(inbox)
            found.inboxes.append(inbox)
        with socket.socket() as dead:
            dead.bind(("127.0.0.1", 0))
            found.inboxes.insert(0, f"http://127.0.0.1:{dead.getsockname()[1]}/inbox")
            yield found
        found.patience.set()


async def add_followers(us: Villager, inboxes: list[str]) -> None:
    for number, inbox in enumerate(inboxes):
        await us.node.store.save_follower(
            Follower(
                actor=ActorId(f"{inbox}/actor/{number}"),
                follows=us.node.union_actor,
                activity=ActivityId(f"{inbox}/follow/{number}"),
                inbox=InboxUrl(inbox),
                shared_inbox=None,
                state="accepted",
                since=START,
            )
        )


async def test_the_others_have_the_post_while_three_inboxes_do_not_answer(
    village: Village, neighbours: Neighbours
) -> None:
    us = await village.add("koreno")
    await us.node.fan_out.catch_up()  # the union's own document, before anybody follows
    await add_followers(us, neighbours.inboxes)
    stop = asyncio.Event()
    worker = asyncio.create_task(us.workers.delivery.run(stop))
    post = await us.do("post", handle="union", text="We walked out.")
    await us.node.fan_out.catch_up()
    us.workers.delivery.wake()
    async with asyncio.timeout(60), neighbours.news:
        await neighbours.news.wait_for(lambda: len(neighbours.arrived) == GOOD)
    assert not neighbours.patience.is_set()  # neither of the two was answered while the others were served
    neighbours.patience.set()
    stop.set()
    us.workers.delivery.wake()
    await worker
    states = {text(row, "inbox"): text(row, "state") for row in rows(await us.do("deliveries", id=text(post, "id")))}
    assert {states[inbox] for inbox in neighbours.arrived} == {"delivered"}
    assert states[neighbours.inboxes[0]] == "waiting"


async def test_hosts_named_to_come_first_are_not_tried_before_all_others(village: Village) -> None:
    us = await village.add("koreno")
    await us.node.fan_out.catch_up()
    first = [f"https://{number:04}.example/inbox" for number in range(60)]
    await add_followers(us, [*first, *(f"https://union-{number:02}.example/inbox" for number in range(30))])
    posts = [text(await us.do("post", handle="union", text=words), "activity") for words in ("one", "two")]
    await us.node.fan_out.catch_up()
    now = village.clock()
    claimed = await us.node.store.claim_deliveries(now=now, until=now, lease=Lease("a"), limit=180, per_host=9, busy=())
    tried = list(dict.fromkeys(one.inbox for one in claimed))
    assert 5 <= len(set(tried[:30]).difference(first)) <= 15  # ten by lot, none by name
    order: dict[str, list[str]] = {}
    for one in claimed:
        order.setdefault(one.inbox, []).append(one.activity)
    assert [posts] * 90 == list(order.values())
