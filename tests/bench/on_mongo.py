"""The same delivery and the same inbox on each engine, round by round in one process beside the same limit."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp

from node.config import Config
from node.context import Node, open_node
from tests.bench import delivery, inbox
from tests.bench.askers import ask, plain_server
from tests.bench.delivery import Carrier, Limit, list_inboxes
from tests.bench.engines import ENGINES, Engine, Turns, counted, driven_by, stores
from tests.bench.homes import add_followers, home_node, say
from tests.bench.inbox import Strangers, accept, served, served_home
from tests.bench.receivers import receivers

ROUNDS: Final = 3
INBOXES: Final = 150
REQUESTS: Final = 200
"""With two rounds for the count, within what the inbox takes of one address."""


async def delivering(folder: Path) -> None:
    """Queue, claim, sign, send and write, per inbox."""
    async with receivers(delivery.HOSTS) as others, stores(folder) as (server, places), AsyncExitStack() as stack:
        carriers: dict[Engine, Carrier] = {}
        for engine, (place, store) in places.items():
            with driven_by(engine):
                node = await stack.enter_async_context(home_node(place, store))
            await add_followers(node, others.answering, INBOXES)
            carriers[engine] = Carrier(node)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        node = carriers["SQLite"].node
        limit, body = Limit(session, node, await list_inboxes(node)), await say(node)
        turns = Turns(server, f"one post to {INBOXES} inboxes, each", delivery.LIMIT, delivery.TARGET)
        for number in range(ROUNDS + 1):
            for engine, carrier in carriers.items():
                await say(carrier.node)
                before = server.cpu()
                watch, made, _ = await carrier.carry()
                turns.add(engine, number, made, watch, server.cpu() - before)
            turns.limits.append(await limit.round(body))
        for engine in ENGINES[1:]:
            turns.round_trips[engine] = await _delivery_trips(carriers[engine].node.config, engine)
        turns.tell()


async def _delivery_trips(config: Config, engine: Engine) -> float:
    """Commands for one delivery, from the record to its end, by a client that counts."""
    with driven_by(engine), counted() as asked:
        async with open_node(config) as node:
            await say(node)
            before = asked.number
            _, made, _ = await Carrier(node).carry()
            return (asked.number - before) / made


async def receiving(folder: Path) -> None:
    """One signed POST accepted: stored durably and answered."""
    async with stores(folder) as (server, places), AsyncExitStack() as stack:
        plain = await stack.enter_async_context(plain_server(accept, "POST"))
        homes: dict[Engine, tuple[Node, str, Strangers]] = {}
        for engine, (place, store) in places.items():
            with driven_by(engine):
                node, address = await stack.enter_async_context(served_home(place, store))
            homes[engine] = (node, address, Strangers(address))
            await homes[engine][2].introduce(node)
        turns = Turns(server, "one signed POST accepted", inbox.LIMIT, inbox.TARGET)
        for number in range(ROUNDS + 1):
            for engine, (_, address, strangers) in homes.items():
                requests, before = list(strangers.requests(REQUESTS)), server.cpu()
                watch = await ask(address, requests, expect=202)
                turns.add(engine, number, REQUESTS, watch, server.cpu() - before)
            turns.limits.append((await ask(plain, requests, expect=202)).cpu / REQUESTS * 1e6)
        for engine in ENGINES[1:]:
            node, _, strangers = homes[engine]
            turns.round_trips[engine] = await _inbox_trips(node.config, engine, strangers)
        turns.tell()


async def _inbox_trips(config: Config, engine: Engine, strangers: Strangers) -> float:
    """Commands for one POST, once the keys are in memory, by a client that counts."""
    bound = socket.create_server(("127.0.0.1", 0))
    with driven_by(engine), counted() as asked:
        async with served(config, bound) as (_, address):
            await ask(address, list(strangers.requests(REQUESTS)), expect=202)
            before = asked.number
            await ask(address, list(strangers.requests(REQUESTS)), expect=202)
            return (asked.number - before) / REQUESTS
