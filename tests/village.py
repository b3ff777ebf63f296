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

from federation.mirror.pace import TRIAL
from federation.strictjson import JsonObject, JsonValue
from node.actions.set_up import Request, set_up
from node.app import Workers, build_app, build_workers
from node.commands import run_command
from node.config import Config, load_config
from node.context import Node, Surroundings, open_node
from node.listening import listening_on
from node.proxies import Proxies
from node.running import running
from node.settings import parse_proxies
from storage.ids import Host, Lease
from storage.store import Store
from tests.outages import Outages
from tests.sharing import Served

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
    return await store.find_server_time() if isinstance(store, Served) else None


async def no_pause(_seconds: float) -> None:
    """Time passes only when a test moves the clock."""
    await asyncio.sleep(0)


@dataclass(slots=True, eq=False)
class Villager:
    """One node and its workers, which work only when told to; others after a restart."""

    node: Node
    workers: Workers
    chance: Chance
    is_up: bool = True

    @property
    def host(self) -> Host:
        """Where it is reached."""
        return self.node.locations.host

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
    """Nodes that can reach each other unless `outages` says otherwise."""

    def __init__(self, folder: Path, stack: AsyncExitStack, new_store: NewStore) -> None:
        self.clock = Clock()
        self.outages = Outages()
        self.pace = TRIAL
        """Of mirrors; nodes that are opened from now on have it."""
        self._new_store = new_store
        self._folder = folder
        self._stack = stack
        self._up: dict[Villager, AsyncExitStack] = {}
        self._closed: dict[Villager, socket.socket] = {}

    async def add(self, name: str, **settings: str) -> Villager:
        """Set up and serve a union called `name`, with these settings besides."""
        bound = self._stack.enter_context(_bound(0))
        chance = Chance()
        around = self._around(chance)
        asked = Request(
            home=self._folder / name,
            name=name.title(),
            handle="union",
            url=f"http://127.0.0.1:{bound.getsockname()[1]}",
            kit=self._folder / f"{name}.kit",
            passphrase=None,
            store=self._new_store(),
            dev=True,
        )
        await set_up(asked, around)
        config = load_config(asked.home, {f"PICKETLINE_{key.upper()}": value for key, value in settings.items()})
        node, stack = await self._open(config, around)
        villager = Villager(node, self._workers(node), chance)
        await stack.enter_async_context(_served(villager, bound))
        self._up[villager] = stack
        return villager

    async def stop(self, villager: Villager) -> None:
        """Close its doors and its store; its address stays its own."""
        port = int(villager.host.rpartition(":")[2])
        await self._up.pop(villager).aclose()
        villager.is_up = False
        self._closed[villager] = self._stack.enter_context(_bound(port))

    async def start(self, villager: Villager) -> None:
        """Open it again: the same home at the same address, and nothing remembered but what was stored."""
        villager.node, stack = await self._open(villager.node.config, villager.node.surroundings)
        villager.workers = self._workers(villager.node)
        await stack.enter_async_context(_served(villager, self._closed.pop(villager)))
        villager.is_up = True
        self._up[villager] = stack

    async def settle(self) -> None:
        """Work everywhere until a whole round brings nothing new."""
        for _ in range(50):
            if not sum([await villager.work() for villager in self._up]):
                return
        raise AssertionError("the village does not come to rest: something is done again and again")

    def _around(self, chance: Chance) -> Surroundings:
        return Surroundings(
            now=self.clock,
            chance=chance.bits,
            jitter=lambda: 0.5,
            new_lease=chance.lease,
            pause=no_pause,
            ask_server=played_server,
        )

    def _workers(self, node: Node) -> Workers:
        workers = build_workers(node)
        workers.mirrors.visits.pace = workers.mirrors.nudger.pace = self.pace
        return workers

    async def _open(self, config: Config, around: Surroundings) -> tuple[Node, AsyncExitStack]:
        stack = await self._stack.enter_async_context(AsyncExitStack())
        node = await stack.enter_async_context(open_node(config, around))
        self.outages.stand_before(node.wire, node.locations.host)
        return node, stack


def _bound(port: int) -> socket.socket:
    """A socket that nobody else can have the address of; whoever comes is turned away until it listens."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


@asynccontextmanager
async def _served(villager: Villager, listening: socket.socket) -> AsyncIterator[None]:
    """At the same door as in production."""
    app = build_app(villager.node, villager.workers, run_workers=False)
    proxies = Proxies(parse_proxies(villager.node.config.trusted_proxies))
    async with running(app, seconds=0.1) as runner, listening_on(runner, listening, proxies=proxies):
        yield


@asynccontextmanager
async def village(folder: Path, new_store: NewStore = lambda: None) -> AsyncIterator[Village]:
    """A village that is pulled down at the end; `new_store` gives each union its store's address, None for a file."""
    async with AsyncExitStack() as stack:
        yield Village(folder, stack, new_store)
