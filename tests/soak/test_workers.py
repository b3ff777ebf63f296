"""Four workers on one store, two of them killed with work in their hands: everything arrives, and little twice."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from node.commands import run_command
from node.config import Config
from node.context import open_node
from tests.mongo_server import MongoServer, mongo_server
from tests.soak.crews import a_copy, a_home, others, running

WORKERS = 4
FOLLOWERS = 500
POSTS = 20
DELIVERIES = (POSTS + 1) * FOLLOWERS
"""The union's own actor is announced too."""
HOSTS = 20
PATIENCE = 1500
QUIET_LOOKS = 12
"""So many looks without a change: whoever lives has given back what it had in hand then."""


@pytest.mark.soak
@pytest.mark.timeout(2400)
async def test_ten_thousand_deliveries_by_four_workers_of_which_two_are_killed(tmp_path: Path) -> None:
    with mongo_server("--sync-on-commit") as server:
        database = server.new_database()
        async with others(HOSTS) as served, asyncio.timeout(PATIENCE), AsyncExitStack() as crew:
            config = await a_home(tmp_path, server.url(database), served.bases, FOLLOWERS)
            homes = [a_copy(config, f"machine-{number}") for number in range(WORKERS)]
            workers = [await crew.enter_async_context(running(home, "worker")) for home in homes]
            await publish(config)
            orphans = 0
            for number, victim in ((1500, workers[0]), (4000, workers[1])):
                await served.have(number)
                orphans += await die(victim, server, database)
            await served.have_different(DELIVERIES)
            await finished(server, database)
    assert orphans > 0, "nobody died with work in hand: this test would prove nothing"
    assert set(served.counted.values()) <= {1, 2}
    print(f"\n{len(served.counted)} deliveries, {orphans} in dead hands, {served.doubled} came twice")  # noqa: T201
    assert served.doubled <= orphans


async def publish(config: Config) -> None:
    async with open_node(config) as node:
        for number in range(POSTS):
            await run_command(
                "post",
                {"handle": "union", "text": f"Day {number}", "serial": str(117_000_000_000_000_000 + number)},
                node,
            )


async def die(victim: asyncio.subprocess.Process, server: MongoServer, database: str) -> int:
    """Stop it for good in the middle of work; how many deliveries stay in its hands."""
    victim.send_signal(signal.SIGSTOP)
    with server.client() as client:
        held, quiet = _lent(client, database), 0
        while quiet < QUIET_LOOKS:
            await asyncio.sleep(0.5)
            still = held & _lent(client, database)
            quiet = quiet + 1 if still == held else 0
            held = still
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    return len(held)


def _lent(client: MongoClient[dict[str, Any]], database: str) -> set[tuple[str, str]]:
    lent = client[database]["deliveries"].find({"state": "waiting", "lease": {"$ne": None}}, {"lease": 1})
    return {(row["_id"], row["lease"]) for row in lent}


async def finished(server: MongoServer, database: str) -> None:
    """Wait until nothing waits any more."""
    with server.client() as client:
        while _count(client, database, {"state": "waiting"}):  # noqa: ASYNC110  they are other processes
            await asyncio.sleep(0.5)
        assert _count(client, database, {"state": "delivered"}) == DELIVERIES


def _count(client: MongoClient[dict[str, Any]], database: str, filter: dict[str, Any]) -> int:
    return client[database]["deliveries"].count_documents(filter)
