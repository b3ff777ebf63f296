"""Two processes of one node on one store, interleaved by hand: one of them is stopped where it is about to append."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from federation.wire import Wire
from node.config import load_config
from node.context import Node, join_node
from storage.records import Activity, Entry
from storage.store import Store
from tests.village import Villager

T = TypeVar("T")


class Stalled:
    """A store as another process sees it: before each append it lets the others go first, once, when told to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.first: Callable[[], Awaitable[object]] | None = None
        self.appends = 0

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._store, verb)

    async def append(self, entry: Entry, activity: Activity, *, expecting: int) -> int:
        self.appends += 1
        first, self.first = self.first, None
        if first is not None:
            await first()
        return await self._store.append(entry, activity, expecting=expecting)


class Twins:
    """`one` is as it was; `other` is a second process of the same node, which can be made to lose a race."""

    def __init__(self, us: Villager, wire: Wire, *, home: Path | None = None) -> None:
        self.one = us.node
        self.stalled = Stalled(us.node.store)
        config = load_config(home or us.node.config.home, {})
        store: Any = self.stalled
        self.other = join_node(config, us.node.union, store, wire, us.node.surroundings, us.node.heard_dates)

    async def lose(self, late: Awaitable[T], first: Callable[[Node], Awaitable[object]]) -> T:
        """Carry out `late` on the other node, with `first` done by the one just before the late one appends."""
        self.stalled.appends, self.stalled.first = 0, lambda: first(self.one)
        try:
            return await late
        finally:
            assert self.stalled.first is None, "nobody raced: this test would prove nothing"

    async def types(self) -> list[str]:
        """What the record says, in order."""
        return [placed.entry.type for placed in await self.one.store.list_entries(0, 100)]


async def copy_of_home(us: Villager, to: Path) -> Path:
    """The home folder as an admin copies it to another machine."""
    await asyncio.to_thread(shutil.copytree, us.node.config.home, to, ignore=shutil.ignore_patterns("picketline.db*"))
    return to
