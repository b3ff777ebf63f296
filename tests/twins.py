"""Several processes of one node, played in one: each with a memory of its own, all on one store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from federation.hearsay import HeardDates
from federation.wire import Wire
from node.app import build_workers
from node.context import Node, join_node
from storage.store import Store
from tests.village import Villager

Both = tuple[Any, Any]
"""A store, as each of two processes has it."""


class Shared:
    """A store that says of itself that several processes may work on it."""

    is_shared = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


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


@asynccontextmanager
async def a_twin(us: Villager, store: Any) -> AsyncIterator[Villager]:
    """Another process of this node, on this store; its clock and its chance are the villager's."""
    node = us.node
    wire = Wire(dev=True, own_hosts=[node.locations.host], user_agent="twin")
    try:
        twin = join_node(node.config, node.union, store, wire, node.surroundings, HeardDates(node.now))
        yield Villager(twin, build_workers(twin), us.chance)
    finally:
        await wire.close()


def on_shared(node: Node) -> Any:
    """The node's store, as one of several machines."""
    return Shared(node.store)
