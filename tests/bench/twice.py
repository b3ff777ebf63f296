"""Two nodes in two processes beside one alone: do they do twice the work?

By the wall that asks for more cores than processes: on two, the receivers or who asks take theirs from the nodes.
There the processor time that one item costs is judged: what two nodes wait for each other would show in it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from node.context import open_node
from tests.bench.askers import ask
from tests.bench.figures import tell
from tests.bench.inbox import Strangers
from tests.bench.receivers import Receivers, receivers
from tests.bench.serving import Served, add_followers_at_once, closed_home, serving

ROUNDS: Final = 3
DELIVERIES: Final = 500
REQUESTS: Final = 280
"""All rounds together stay within what the inbox takes of one address."""
TWO_DELIVER: Final = 1.6
TWO_RECEIVE: Final = 1.8
_CORES: Final = 4
"""Two nodes and those they talk to."""
_LOOK: Final = 0.25
_RESTING: Final = 0.02
"""Processor seconds between two looks: what a node that rests uses."""

Work = Callable[[Sequence["_Pair"]], Awaitable[float]]
"""Lets each of these nodes do the same; the seconds until the last is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A node in a process of its own, and who writes to it."""

    node: Served
    strangers: Strangers


async def delivering(folder: Path) -> None:
    """Each node brings a post to as many inboxes."""
    async with receivers(32) as others, _two(folder, others) as pairs:

        async def work(nodes: Sequence[_Pair]) -> float:
            await asyncio.gather(*(one.node.say() for one in nodes))
            return await others.seconds_for(DELIVERIES * len(nodes))

        await _compare("deliveries, two processes beside one", pairs, work, TWO_DELIVER)


async def receiving(folder: Path) -> None:
    """Each node takes as many signed POSTs."""
    async with receivers(1) as others, _two(folder, others) as pairs:

        async def work(nodes: Sequence[_Pair]) -> float:
            asked = [list(one.strangers.requests(REQUESTS)) for one in nodes]
            watches = await asyncio.gather(
                *(ask(one.node.address, requests, expect=202) for one, requests in zip(nodes, asked, strict=True))
            )
            return max(watch.wall for watch in watches)

        await _compare("inbox, two processes beside one", pairs, work, TWO_RECEIVE)


async def _compare(figure: str, pairs: Sequence[_Pair], work: Work, target: float) -> None:
    await work(pairs)  # warm connections, and what is loaded at its first use
    walls, costs = [], []
    for _ in range(ROUNDS):
        one, two = await _timed(pairs[:1], work), await _timed(pairs, work)
        walls.append(2 * one[0] / two[0])
        costs.append(2 * one[1] / two[1])
    by_wall, by_cpu, cores = median(walls), median(costs), os.cpu_count() or 1
    reached = by_wall if cores >= _CORES else by_cpu
    why = {} if cores >= _CORES else {"judged_by": f"processor time: {cores} cores are shared with who is talked to"}
    told = {"times": round(by_wall, 2), "times_by_cpu": round(by_cpu, 2), "cores": cores, **why}
    tell(figure, **told, target=target, met=reached >= target)


async def _timed(pairs: Sequence[_Pair], work: Work) -> tuple[float, float]:
    """Seconds of the wall until it is done, and of each node's processor time until it rests again."""
    nodes = [one.node for one in pairs]
    before = await at_rest(nodes)
    wall = await work(pairs)
    return wall, (await at_rest(nodes) - before) / len(pairs)


async def at_rest(nodes: Sequence[Served]) -> float:
    """Wait until what the nodes do afterwards is done; their processor seconds then."""
    used = before = 0.0
    while used == 0 or used - before > _RESTING:
        before = used
        await asyncio.sleep(_LOOK)
        used = sum(one.cpu_seconds() for one in nodes)
    return used


@asynccontextmanager
async def _two(folder: Path, others: Receivers) -> AsyncIterator[list[_Pair]]:
    """Two homes with followers and known strangers, each served."""
    async with AsyncExitStack() as stack:
        pairs = []
        for number in range(2):
            config, address = await closed_home(folder / f"{number}")
            add_followers_at_once(config, others.answering, DELIVERIES)
            strangers = Strangers(address)
            async with open_node(config) as node:
                await strangers.introduce(node)
            pairs.append(_Pair(node=await stack.enter_async_context(serving(config, address)), strangers=strangers))
        yield pairs
