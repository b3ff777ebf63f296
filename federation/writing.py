"""What we found out, on its way to the store: until it stands there, what is read there is older.

A store of several machines does not write in the order in which it is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True, eq=False)
class Look:
    """Something that is being read."""

    key: Hashable | None
    """Of what; None is of everything."""
    is_old: bool
    """Whether we know better than what is read."""


@dataclass(slots=True)
class _Turns:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    taken: int = 0


class Writing(Generic[K]):
    """What is being written, by its key, beside what is being read."""

    def __init__(self) -> None:
        self._under_way: dict[K, _Turns] = {}
        self._looks: list[Look] = []

    @asynccontextmanager
    async def change(self, key: K) -> AsyncIterator[None]:
        """From just after we found something out to its standing in the store, one after the other for each key."""
        for look in self._looks:
            look.is_old |= look.key in (None, key)
        turns = self._under_way.setdefault(key, _Turns())
        turns.taken += 1
        try:
            async with turns.lock:
                yield
        finally:
            turns.taken -= 1
            if not turns.taken:
                del self._under_way[key]

    @contextmanager
    def look(self, key: K | None = None) -> Iterator[Look]:
        """While something is read; whether it was old is known at the end."""
        look = Look(key, is_old=bool(self._under_way) if key is None else key in self._under_way)
        self._looks.append(look)
        try:
            yield look
        finally:
            self._looks.remove(look)
