"""Several real processes of one node on one MongoDB store, and the servers of others that count what reaches them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aiohttp import web

from federation.strictjson import load_object
from node.actions.set_up import Request, set_up
from node.cli.reading import text
from node.config import Config, load_config
from node.context import Surroundings, open_node
from storage.ids import ActivityId, ActorId, InboxUrl
from storage.records import Follower
from tests.mongo_server import free_port
from tests.village import START


@dataclass(slots=True)
class Others:
    """Other servers: each answers 202 and counts (inbox, activity)."""

    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: int = 0
    bases: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        """One delivery."""
        activity = text(load_object(await request.read()), "id")
        async with self.news:
            self.counted[f"{request.host}{request.path}", activity] += 1
            self.taken += 1
            self.news.notify_all()
        return web.Response(status=202)

    async def have(self, number: int) -> None:
        """Wait until so many were taken."""
        async with self.news:
            await self.news.wait_for(lambda: self.taken >= number)

    async def have_different(self, number: int) -> None:
        """Wait until so many different ones were taken."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.counted) >= number)

    @property
    def doubled(self) -> int:
        """How many came again."""
        return self.taken - len(self.counted)


@asynccontextmanager
async def others(number: int) -> AsyncIterator[Others]:
    """So many servers on ports of their own."""
    served = Others()
    async with AsyncExitStack() as stack:
        app = web.Application()
        app.add_routes([web.post("/inbox/{number}", served.take)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        for _ in range(number):
            port = free_port()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            served.bases.append(f"http://127.0.0.1:{port}")
        yield served


async def a_home(folder: Path, store: str | None, bases: Sequence[str], followers: int) -> Config:
    """A union on this store, or with None on a file of its own, with followers on these servers."""
    asked = Request(
        home=folder / "home",
        name="Koreno",
        handle="union",
        url=f"http://127.0.0.1:{free_port()}",
        kit=folder / "kit",
        passphrase=None,
        store=store,
        dev=True,
    )
    await set_up(asked, Surroundings())
    config = load_config(asked.home, {})
    async with open_node(config) as node:
        for number in range(followers):
            base = bases[number % len(bases)]
            await node.store.save_follower(
                Follower(
                    actor=ActorId(f"{base}/people/{number}"),
                    follows=node.union_actor,
                    activity=ActivityId(f"{base}/follows/{number}"),
                    inbox=InboxUrl(f"{base}/inbox/{number}"),
                    shared_inbox=None,
                    state="accepted",
                    since=START,
                )
            )
    return config


def a_copy(config: Config, name: str) -> Path:
    """The home as the admin copies it to another machine."""
    home = config.home.with_name(name)
    shutil.copytree(config.home, home, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    return home


@asynccontextmanager
async def running(
    home: Path, what: Literal["serve", "worker"], *, listen: str = "", log: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real process that has said that it is ready; ended if nobody killed it. `log` is where its warnings go."""
    level = "warning" if log else "error"
    environ = {**os.environ, "PICKETLINE_LOG_LEVEL": level, **({"PICKETLINE_LISTEN": listen} if listen else {})}
    told = (log or Path(os.devnull)).open("ab")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", "--home", str(home), what,
        stdout=asyncio.subprocess.PIPE, stderr=told, env=environ,
    )  # fmt: skip
    told.close()
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
