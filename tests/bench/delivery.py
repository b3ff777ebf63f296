"""One post to N inboxes over warm connections, beside its limit: RSA signing and an unsigned POST by plain aiohttp."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from node.app import build_workers
from node.context import Node
from tests.bench.figures import Stopwatch, tell, tell_ratio
from tests.bench.homes import HANDLE, add_followers, home_node, say
from tests.bench.receivers import receivers

HOSTS: Final = 32
INBOXES: Final = 500
ROUNDS: Final = 7
SIGNED_BYTES: Final = b"x" * 300
"""As long as what draft-cavage signs of a POST."""
TARGET: Final = 0.75
LIMIT: Final = "RSA-2048 sign + plain aiohttp POST"


async def delivery(folder: Path) -> None:
    """Queue, claim, sign, send and write, per inbox; then the same rounds of the limit, in turns."""
    async with receivers(HOSTS) as others, home_node(folder) as node:
        await add_followers(node, others.answering, INBOXES)
        carrier = Carrier(node)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            limit = Limit(session, node, await list_inboxes(node))
            await carrier.round()
            await limit.round(await say(node))
            costs, limits, queueing = [], [], []
            for _ in range(ROUNDS):
                cost, queued = await carrier.round()
                costs.append(cost)
                queueing.append(queued)
                limits.append(await limit.round(await say(node)))
                await node.fan_out.catch_up()
                await carrier.worker.run_once()
        tell_ratio(f"one post to {INBOXES} inboxes, each", costs, limits, LIMIT, target=TARGET)
        tell("of that: making and queueing the delivery", us=round(sorted(queueing)[ROUNDS // 2], 1))


async def list_inboxes(node: Node) -> list[str]:
    """Where the followers of the campaign are."""
    return [*await node.store.list_delivery_inboxes(node.locations.actor(HANDLE), after=None, limit=INBOXES)]


class Carrier:
    """A node's real path from the record to the inboxes."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.worker = build_workers(node).delivery

    async def round(self) -> tuple[float, float]:
        """µs per inbox of processor time for one post, and how many of them are queueing."""
        await say(self.node)
        watch, made, queued = await self.carry()
        return watch.cpu / made * 1e6, queued / made * 1e6

    async def carry(self) -> tuple[Stopwatch, int, float]:
        """Bring what was said to all; the time it took, how many, and processor seconds of queueing them."""
        watch = Stopwatch()
        made = await self.node.fan_out.catch_up()
        queued = watch.stop().cpu
        assert await self.worker.run_once() == made
        watch.stop()
        assert (await self.node.store.count_deliveries())["waiting"] == 0
        return watch, made, queued


class Limit:
    """Nothing but a signature and a POST, as many at once as the node has under way."""

    def __init__(self, session: aiohttp.ClientSession, node: Node, urls: list[str]) -> None:
        self._session, self._urls = session, urls
        self._key = node.signers.signer(node.locations.actor(HANDLE)).rsa
        self._at_once = node.config.in_flight

    async def round(self, body: bytes) -> float:
        """µs of processor time for one."""
        ahead = iter(self._urls)

        async def post() -> None:
            for url in ahead:
                self._key.sign(SIGNED_BYTES, PKCS1v15(), SHA256())
                async with self._session.post(url, data=body) as answer:
                    await answer.read()

        watch = Stopwatch()
        await asyncio.gather(*(post() for _ in range(self._at_once)))
        return watch.stop().cpu / len(self._urls) * 1e6
