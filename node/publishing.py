"""Whose turn it is to write the record: one action at a time here, and the record's head against other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from federation.turns import Pause
from node.refusal import Refusal
from storage.errors import HeadMoved, StorageError
from storage.records import PlacedEntry
from storage.store import Log

T = TypeVar("T")

MOST_RACES: Final = 20
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.64
"""Seconds, of which chance takes a part."""


class Publishing:
    """Held from the last look at what is to be changed until its change stands in the log and on the pages.

    `async with publishing as head` gives the size of the record that the pages show; whoever appends expects exactly
    that, so that nothing another process wrote after the look is passed over. `win` repeats an action that lost.
    """

    def __init__(
        self,
        catch_up: Callable[[], Awaitable[int]],
        record: Log,
        *,
        jitter: Callable[[], float],
        pause: Pause,
        may_begin: Callable[[], None] = lambda: None,
    ) -> None:
        """`catch_up` makes the pages show the record and tells its size; `may_begin` raises when nobody may publish."""
        self._catch_up, self._record = catch_up, record
        self._newest: PlacedEntry | None = None
        """The last entry that this process has seen."""
        self._jitter, self._pause = jitter, pause
        self._may_begin = may_begin
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> int:
        await self._one_at_a_time.acquire()
        try:
            self._may_begin()
            return await self._look()
        except BaseException:
            self._one_at_a_time.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        try:
            with suppress(StorageError):  # what was published stands; the next look notes it
                self._newest = await self._record.find_last_entry() or self._newest
        finally:
            self._one_at_a_time.release()

    async def look(self) -> None:
        """Make the pages show the record, and keep in mind where it ends; raises `Refusal` as publishing does."""
        async with self._one_at_a_time:
            await self._look()

    async def _look(self) -> int:
        """What was published once never changes: others have it, and would see two histories of one union."""
        head = await self._catch_up()
        if self._newest is not None and [self._newest] != await self._record.list_entries(self._newest.index, 1):
            raise Refusal(
                "The record in the store no longer holds what this node has published: an older copy of the store was "
                "put back while the node ran, or somebody changed it. Nothing was published. Put the newest copy back; "
                "if there is none, restart every `serve` to go on from the older one: what is missing then stays with "
                "those who have received it."
            )
        self._newest = await self._record.find_last_entry() or self._newest
        return head

    async def win(self, action: Callable[[], Awaitable[T]]) -> T:
        """Carry the action out, the whole of it again each time another process was faster; `HeadMoved` in the end.

        An action that may stand already looks for its own activity first, so that it is never said twice.
        """
        for race in range(MOST_RACES):
            try:
                return await action()
            except HeadMoved:
                await self._pause(min(_FIRST_PAUSE * 2**race, _LONGEST_PAUSE) * self._jitter())
        raise HeadMoved(
            f"Other processes of this node were faster {MOST_RACES} times, so nothing of this was published. "
            "Give the command again in a moment."
        )
