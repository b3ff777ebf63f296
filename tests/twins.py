"""Several processes of one node, played in one: each with a memory of its own, all on one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from federation.hearsay import HeardDates
from federation.turns import Pause
from federation.wire import Wire
from node.app import build_workers
from node.context import join_node
from storage.ids import Lease
from storage.store import Store
from tests.sharing import Shared
from tests.village import Clock, Villager

Both = tuple[Any, Any]
"""A store, as each of two processes has it."""


@dataclass(slots=True)
class Stalled:
    """A store whose verb `verb` waits, each time, until it is told to go on."""

    store: Store
    verb: str
    goes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    stalls: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __getattr__(self, name: str) -> Any:
        if name != self.verb:
            return getattr(self.store, name)

        async def verb(*given: object, **named: object) -> Any:
            self.stalls.release()
            await self.goes.acquire()
            return await getattr(self.store, name)(*given, **named)

        return verb


@dataclass(slots=True)
class PassingTime:
    """Pauses take no time, but the clock says that they did."""

    clock: Clock
    pauses: list[float] = field(default_factory=list)
    happened: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released at every pause."""

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.happened.release()
        self.clock.move(seconds=seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def a_twin(us: Villager, store: Any, pause: Pause) -> AsyncIterator[Villager]:
    """Another process of this node, on this store; its clock and its chance are the villager's."""
    node = us.node
    around = replace(node.surroundings, pause=pause)
    wire = Wire(dev=True, own_hosts=[node.locations.host], user_agent="twin")
    try:
        twin = join_node(node.config, node.union, store, wire, around, HeardDates(node.now))
        yield Villager(twin, build_workers(twin), us.chance)
    finally:
        await wire.close()


class Watched(Shared):
    """A shared store that tells which jobs this process has finished."""

    def __init__(self, store: Store, name: str, done: list[tuple[str, str]]) -> None:
        super().__init__(store)
        self._name, self._done = name, done

    async def finish_job(self, name: str, lease: Lease, *, due_at: datetime) -> bool:
        self._done.append((self._name, name))
        return await self._store.finish_job(name, lease, due_at=due_at)


@dataclass(slots=True)
class Hourglass:
    """Pauses last until the clock, which the test moves, has passed their end."""

    clock: Clock
    _pauses: list[tuple[float, datetime, asyncio.Future[None]]] = field(default_factory=list)
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pauses.append((seconds, self.clock.at + timedelta(seconds=seconds), end))
        self._begun.set()
        await end

    async def rest(self, *, seconds: float, count: int = 1) -> None:
        """Wait until so many are in a pause of so many seconds."""
        while sum(length == seconds and not end.done() for length, _, end in self._pauses) < count:
            self._begun.clear()
            await self._begun.wait()

    def move(self, **by: float) -> None:
        """Time passes, and ends the pauses that are over."""
        self.clock.move(**by)
        for _, at, end in self._pauses:
            if at <= self.clock.at and not end.done():
                end.set_result(None)
