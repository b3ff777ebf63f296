"""This machine's clock beside that of the store's server: leases mean the same everywhere while they agree."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from node.errors import ClockWrong
from storage.store import Processes

APART: Final = timedelta(seconds=10)
LOOK_EVERY: Final = timedelta(minutes=1)


class ServerClock:
    """Looks when told to; while the clocks are apart this process claims nothing and publishes nothing."""

    def __init__(self, ask: Callable[[], Awaitable[datetime | None]], now: Callable[[], datetime]) -> None:
        self._ask, self._now = ask, now
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """What the last look found wrong, as a sentence."""
        return self._problem

    @property
    def is_right(self) -> bool:
        """Whether the last look found nothing wrong; so too where there is no server to compare with."""
        return self._problem is None

    def may_claim(self) -> bool:
        """Whether leases that we would take mean to others what they mean to us."""
        return self.is_right

    async def look(self) -> None:
        """Compare both clocks; how long the answer took is allowed for. Raises `StorageError`, and changes nothing."""
        before = self._now()
        theirs = await self._ask()
        after = self._now()
        if theirs is None or before - APART <= theirs <= after + APART:
            self._problem = None
        else:
            way, off = ("fast", before - theirs) if before > theirs else ("slow", theirs - after)
            self._problem = _sentence(way, off)

    async def refuse_wrong(self) -> None:
        """Look, and raise `ClockWrong` when the clocks are apart."""
        await self.look()
        self.refuse_known()

    def refuse_known(self) -> None:
        """Raise `ClockWrong` when the last look found the clocks apart."""
        if self._problem is not None:
            raise ClockWrong(self._problem)


async def ask_server(store: Processes) -> datetime | None:
    """What the clock of the store's own server says."""
    return await store.find_server_time()


def _sentence(way: str, off: timedelta) -> str:
    return (
        f"This machine's clock is {round(off.total_seconds())} s {way}, compared with the server of the store. Several "
        "machines share work by their clocks, so this one claims and publishes nothing until it is right. Set the "
        "clock (`timedatectl set-ntp true`), here or, if that one is wrong, on the store's server."
    )
