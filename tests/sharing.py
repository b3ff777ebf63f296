"""Stand-ins for a store of several machines: SQLite that says it is shared, has a server's clock, and can go away."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import pytest

from storage import backends
from storage.errors import StoreAway
from storage.store import Store


class Shared:
    """A store that says of itself that several processes may work on it."""

    is_shared = True

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._store, verb)


class Alone(Shared):
    """A store that says of itself that one process alone works on it."""

    is_shared = False


class Served(Shared):
    """A store as several machines see it, with a server's clock; while it is `away` every verb says so."""

    def __init__(self, store: Store, server_clock: Callable[[], datetime | None] = lambda: None) -> None:
        super().__init__(store)
        self.server_clock = server_clock
        self.away = False
        self.refused = 0
        self.opened = 0

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._store, verb)
        if not inspect.iscoroutinefunction(found):
            return found

        async def step(*args: Any, **named: Any) -> Any:
            await self._answer()
            return await found(*args, **named)

        return step

    async def find_server_time(self) -> datetime | None:
        await self._answer()
        return self.server_clock()

    async def close(self) -> None:
        """The last one closes it for all."""
        self.opened -= 1
        if not self.opened:
            await self._store.close()

    async def _answer(self) -> None:
        if self.away:
            self.refused += 1
            await asyncio.sleep(0)
            raise StoreAway("The store's server does not answer. Nothing is known to be lost; try again later.")


def as_store(shared: Served) -> Store:
    return cast("Store", shared)


class Machines:
    """Every node opened while this stands has the same shared store of its file, as if on one server."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.stores: dict[str, Served] = {}
        self.server_clock: Callable[[], datetime | None] = lambda: None
        patch.setattr("node.context.open_store", self.open)

    async def open(self, url: str, *, create: bool = True) -> Store:
        if url not in self.stores or not self.stores[url].opened:
            self.stores[url] = Served(await backends.open_store(url, create=create), lambda: self.server_clock())
        self.stores[url].opened += 1
        return as_store(self.stores[url])

    def go(self, *, away: bool = True) -> None:
        """The server is gone, or back."""
        for shared in self.stores.values():
            shared.away = away
