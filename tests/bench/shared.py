"""Two processes of one node on one MongoDB store beside one alone: do they do twice the work, and what do they hold?

By the wall the tests' server decides, which is Python; so our own processor time is judged. What two processes do twice
would show in it, and what they wait for each other would not. One is measured before and after the two.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from node.config import Config
from node.context import open_node
from tests.bench.askers import ask
from tests.bench.engines import Server, a_database, a_server
from tests.bench.figures import tell
from tests.bench.homes import add_followers
from tests.bench.inbox import Strangers
from tests.bench.receivers import receivers
from tests.bench.running import MOST_IDLE_MIB
from tests.bench.serving import Served, closed_home, free_address, serving, working
from tests.bench.twice import TWO_DELIVER, TWO_RECEIVE, at_rest

ROUNDS: Final = 2
DELIVERIES: Final = 150
REQUESTS: Final = 160
"""All rounds together stay within what the inbox takes of one address."""
_BY: Final = "processor time of ours"
_IDLE_SECONDS: Final = 3.0

Work = Callable[[Sequence[Served]], Awaitable[float]]
"""Gives these processes as much to do each; the seconds until all is done."""


async def delivering(folder: Path) -> None:
    """As many posts as processes, each to all followers; whoever is free takes what waits."""
    async with receivers(32) as others, _a_home(folder) as (server, config, address):
        async with open_node(config) as node:
            await add_followers(node, others.answering, DELIVERIES)

        async def work(nodes: Sequence[Served]) -> float:
            await asyncio.gather(*(one.say() for one in nodes))
            return await others.seconds_for(DELIVERIES * len(nodes))

        await _compare("deliveries, two processes on one store beside one", server, config, address, work, TWO_DELIVER)


async def receiving(folder: Path) -> None:
    """Each process takes as many signed POSTs, and the two give them their effect."""
    async with _a_home(folder) as (server, config, address):
        strangers = Strangers(address)
        async with open_node(config) as node:
            await strangers.introduce(node)

        async def work(nodes: Sequence[Served]) -> float:
            asked = [list(strangers.requests(REQUESTS)) for _ in nodes]
            pairs = zip(nodes, asked, strict=True)
            watches = await asyncio.gather(*(ask(one.address, given, expect=202) for one, given in pairs))
            return max(watch.wall for watch in watches)

        await _compare("inbox, two processes on one store beside one", server, config, address, work, TWO_RECEIVE)


async def idle(folder: Path) -> None:
    """What `serve` and `worker` hold, and how much of a core they take, while nothing happens."""
    async with (
        _a_home(folder) as (server, config, address),
        serving(config, address) as served,
        working(_copy(config)) as worker,
    ):
        for name, process in (("serve", served), ("worker", worker)):
            await at_rest([process])
            before = process.cpu_seconds()
            await asyncio.sleep(_IDLE_SECONDS)
            used, mib = (process.cpu_seconds() - before) / _IDLE_SECONDS, process.mebibytes()
            told = {"mib": round(mib, 1), "most_mib": MOST_IDLE_MIB, "met": mib <= MOST_IDLE_MIB}
            tell(f"memory, idle, {name} on MongoDB", **told, of_a_core=round(used, 4), server=server.name)


async def _compare(figure: str, server: Server, config: Config, address: str, work: Work, target: float) -> None:
    async with serving(config, address) as first:
        await work([first])
        alone = [await _timed([first], work) for _ in range(ROUNDS)]
        async with serving(_copy(config), free_address()) as second:
            await work([first, second])
            both = [await _timed([first, second], work) for _ in range(ROUNDS)]
        alone += [await _timed([first], work) for _ in range(ROUNDS)]
    walls, costs = (2 * median(one[n] for one in alone) / median(two[n] for two in both) for n in (0, 1))
    told = {"times": round(walls, 2), "times_by_cpu": round(costs, 2), "judged_by": _BY}
    tell(figure, **told, target=target, met=costs >= target, **server.about())


async def _timed(nodes: Sequence[Served], work: Work) -> tuple[float, float]:
    """Seconds of the wall until it is done, and processor seconds of ours for each process's share of it."""
    before = await at_rest(nodes)
    wall = await work(nodes)
    return wall, (await at_rest(nodes) - before) / len(nodes)


@asynccontextmanager
async def _a_home(folder: Path) -> AsyncIterator[tuple[Server, Config, str]]:
    with a_server() as server, a_database(server) as store:
        config, address = await closed_home(folder, store)
        yield server, config, address


def _copy(config: Config) -> Config:
    """The home as the admin copies it to another machine."""
    home = config.home.with_name("copy")
    shutil.copytree(config.home, home, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    return replace(config, home=home)
