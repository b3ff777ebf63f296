"""Whole nodes in one process, on loopback, with a clock moved by hand: stories without sleeping.

`settle()` lets everything that is due happen, round after round, until nothing happens any more.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from aiohttp import web

from federation.strictjson import JsonObject, JsonValue
from node.actions.set_up import Request, set_up
from node.app import Workers, build_app, build_workers
from node.commands import run_command
from node.config import load_config
from node.context import Node, Surroundings, open_node
from storage.ids import Lease
from storage.store import Store
from tests.sharing import Shared

NewStore = Callable[[], str | None]
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Stands still until somebody moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass(slots=True)
class Chance:
    """Numbers that never repeat, in order."""

    numbers: count[int] = field(default_factory=lambda: count(1))

    def bits(self, width: int) -> int:
        return next(self.numbers) & ((1 << width) - 1)

    def lease(self) -> Lease:
        return Lease(f"lease-{next(self.numbers)}")


async def played_server(store: Store) -> datetime | None:
    """A real server's clock is another than the village's; only one that a test plays is asked."""
    return await store.find_server_time() if isinstance(store, Shared) else None


async def no_pause(_seconds: float) -> None:
    """Time passes only when a test moves the clock."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Villager:
    """One node and its workers, which work only when told to."""

    node: Node
    workers: Workers
    chance: Chance

    async def do(self, command: str, **params: JsonValue) -> JsonValue:
        """Run a command as the control socket would."""
        given: JsonObject = {name: value for name, value in params.items() if value is not None}
        if command in {"post", "edit", "retract", "boost", "unboost", "pin", "unpin", "campaign rotate-keys"}:
            given.setdefault("serial", self.node.new_serial())
        return await run_command(command, given, self.node)

    async def work(self) -> int:
        """Let what is due now happen here; how many things did."""
        made = await self.node.fan_out.catch_up()
        made += await self.workers.delivery.run_once() + await self.workers.inbox.run_once()
        made += await self.workers.moves.run_once() + await self.workers.pacts.run_once()
        return made + await self.workers.mirrors.run_once() + await self.workers.wire.run_once()


class Village:
    """Nodes that can reach each other."""

    def __init__(self, folder: Path, stack: AsyncExitStack, new_store: NewStore) -> None:
        self.clock = Clock()
        self._new_store = new_store
        self._folder = folder
        self._stack = stack
        self._villagers: list[Villager] = []

    async def add(self, name: str, **settings: str) -> Villager:
        """Set up and serve a union called `name`, with these settings besides."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        chance = Chance()
        around = Surroundings(
            now=self.clock,
            chance=chance.bits,
            jitter=lambda: 0.5,
            new_lease=chance.lease,
            pause=no_pause,
            ask_server=played_server,
        )
        asked = Request(
            home=self._folder / name,
            name=name.title(),
            handle="union",
            url=url,
            kit=self._folder / f"{name}.kit",
            passphrase=None,
            store=self._new_store(),
            dev=True,
        )
        await set_up(asked, around)
        node = await self._stack.enter_async_context(
            open_node(
                load_config(asked.home, {f"PICKETLINE_{key.upper()}": value for key, value in settings.items()}), around
            )
        )
        villager = Villager(node, build_workers(node), chance)
        await self._stack.enter_async_context(_served(villager, listening))
        self._villagers.append(villager)
        return villager

    async def settle(self) -> None:
        """Work everywhere until a whole round brings nothing new."""
        for _ in range(50):
            if not sum([await villager.work() for villager in self._villagers]):
                return
        raise AssertionError("the village does not come to rest: something is done again and again")


@asynccontextmanager
async def _served(villager: Villager, listening: socket.socket) -> AsyncIterator[None]:
    app = build_app(villager.node, villager.workers, run_workers=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def village(folder: Path, new_store: NewStore = lambda: None) -> AsyncIterator[Village]:
    """A village that is pulled down at the end; `new_store` gives each union its store's address, None for a file."""
    async with AsyncExitStack() as stack:
        yield Village(folder, stack, new_store)
