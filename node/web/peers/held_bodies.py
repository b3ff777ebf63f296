"""How much of bodies that strangers send is held at once; and that who sends slowly keeps nobody else from bringing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """How many bytes of bodies are held at this moment, and whose inboxes were asked for."""

    held: int = 0
    of_one: Counter[int] = field(default_factory=Counter)
    """The same for each stranger that sends any."""
    handles: set[str] = field(default_factory=set)
    """Actors of ours that were found; none is ever removed."""

    def hold(self, length: int, share: int | None) -> None:
        """Count so many bytes, of a stranger or of one of our own."""
        self.held += length
        if share is not None:
            self.of_one[share] += length

    def let_go(self, length: int, share: int | None) -> None:
        """Count them no more."""
        self.held -= length
        if share is not None:
            self.of_one[share] -= length
            if self.of_one[share] <= 0:
                del self.of_one[share]


@dataclass(slots=True)
class Bringing(Reading):
    """The same of what mirrors are brought, with all that is on its way, the oldest first."""

    under_way: list[Bringer] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Bringer:
    """One body on its way."""

    bringing: Bringing
    share: int | None
    """Under what its sender is counted; None for one of our own, who is never cut off."""
    held: int = 0
    is_cut: bool = False
    _limit: asyncio.Timeout | None = None

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Until the end of the block it holds what it holds."""
        self.bringing.under_way.append(self)
        try:
            yield
        finally:
            self.bringing.under_way.remove(self)
            self.bringing.let_go(self.held, self.share)

    @asynccontextmanager
    async def waiting(self, deadline: float) -> AsyncIterator[None]:
        """Wait for the next piece; TimeoutError when it is late, or others need the room."""
        try:
            async with asyncio.timeout_at(0.0 if self.is_cut else deadline) as self._limit:
                yield
        finally:
            self._limit = None

    def hold(self, length: int) -> None:
        """Count so many bytes more."""
        self.held += length
        self.bringing.hold(length, self.share)

    @property
    def of_its_address(self) -> int:
        """Bytes that its sender's address holds; none of our own."""
        return 0 if self.share is None else self.bringing.of_one[self.share]

    def make_room(self, most: int) -> bool:
        """Whether all together hold no more than `most`, once those are gone whose addresses hold most, oldest first.

        Nobody is cut off whose address holds less than this one's.
        """
        going = sum(one.held for one in self.bringing.under_way if one.is_cut)
        while self.bringing.held - going > most:
            able = [one for one in self.bringing.under_way if one.held and not one.is_cut and one is not self]
            others = [one for one in able if one.share is not None and one.of_its_address >= self.of_its_address]
            if not others:
                return False
            largest = max(others, key=lambda one: one.of_its_address)
            largest.cut()
            going += largest.held
        return True

    def cut(self) -> None:
        """It is waited for no longer, and counts as far as it came."""
        self.is_cut = True
        if self._limit is not None:
            self._limit.reschedule(0.0)
