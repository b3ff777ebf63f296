"""Memory, fairness and start of a whole node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median
from typing import Final

from node.context import open_node
from tests.bench.figures import tell
from tests.bench.homes import say
from tests.bench.receivers import Receivers, receivers
from tests.bench.serving import add_followers_at_once, closed_home, repeat_update, serving

POSTS: Final = 100_000
MOST_START_SECONDS: Final = 1.0
MOST_IDLE_MIB: Final = 80
MOST_BUSY_MIB: Final = 250
MOST_LAG_SECONDS: Final = 0.1
MOST_DELAY: Final = 1.2
FAIR_HOSTS: Final = 95
FAIR_INBOXES: Final = 950
FEW, MANY = 3000, 100_000


async def start_and_idle(folder: Path) -> None:
    """How soon `serve` answers with 10^5 posts stored, and what it holds then."""
    config, address = await closed_home(folder)
    async with open_node(config) as node:
        await say(node)
    repeat_update(config, POSTS)
    seconds, cpu = [], []
    for _ in range(5):
        async with serving(config, address) as served:
            cpu.append(served.cpu_seconds())
            seconds.append(served.seconds)
            await served.answer_seconds("/@strike")
            idle = served.mebibytes()
    told = {"seconds": round(median(seconds), 2), "cpu_seconds": round(median(cpu), 2), "posts": POSTS}
    tell("start to first answer", **told, most_seconds=MOST_START_SECONDS, met=median(seconds) <= MOST_START_SECONDS)
    tell("memory, idle", mib=round(idle, 1), most_mib=MOST_IDLE_MIB, met=idle <= MOST_IDLE_MIB)


async def busy(folder: Path) -> None:
    """With a few thousand inboxes, as everybody has time for."""
    await _busy(folder, FEW)


async def very_busy(folder: Path) -> None:
    """With 10^5 inboxes."""
    await _busy(folder, MANY)


async def _busy(folder: Path, inboxes: int) -> None:
    """What `serve` holds at most, and how long it lets others wait, while it delivers one post to so many inboxes."""
    async with receivers(50, hanging=2) as others:
        config, address = await closed_home(folder)
        add_followers_at_once(config, [*others.answering, *others.hanging], inboxes)
        reached = sum(place % 52 < 50 for place in range(inboxes))
        async with serving(config, address) as served:
            await served.say()
            done = asyncio.create_task(others.seconds_for(reached))
            waits = []
            while not done.done():
                waits.append(await served.answer_seconds())
                await asyncio.sleep(0.05)
            most, worst = served.mebibytes("VmHWM"), sorted(waits)[int(len(waits) * 0.99)]
    tell("memory, delivering", inboxes=inboxes, mib=round(most, 1), most_mib=MOST_BUSY_MIB, met=most <= MOST_BUSY_MIB)
    lag = {"ms": round(worst * 1e3, 1), "worst_ms": round(max(waits) * 1e3, 1), "most_ms": MOST_LAG_SECONDS * 1e3}
    tell("answers meanwhile, 99th of 100", **lag, met=worst <= MOST_LAG_SECONDS)


async def fairness(folder: Path) -> None:
    """One of twenty hosts takes connections and never answers: when do the other nineteen have the post?"""
    alone, beside = [], []
    async with receivers(FAIR_HOSTS, hanging=5) as others:
        for turn in range(3):
            hosts = others.answering
            alone.append(await _deliver(folder / f"alone{turn}", hosts, FAIR_INBOXES, others))
            hosts = [*others.answering, *others.hanging]
            beside.append(await _deliver(folder / f"beside{turn}", hosts, FAIR_INBOXES * 100 // 95, others))
    ratio = median(beside) / median(alone)
    told = {"alone_s": round(median(alone), 2), "beside_s": round(median(beside), 2), "ratio": round(ratio, 2)}
    tell("fairness, 5 % of hosts hang", **told, most_ratio=MOST_DELAY, met=ratio <= MOST_DELAY)


async def _deliver(folder: Path, hosts: list[str], inboxes: int, others: Receivers) -> float:
    config, address = await closed_home(folder)
    add_followers_at_once(config, hosts, inboxes)
    async with serving(config, address) as served:
        await served.say()
        return await others.seconds_for(FAIR_INBOXES)
