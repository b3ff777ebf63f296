"""From the union's record to the queue: who gets an entry, decided once, as the cursor passes it.

Whose turn it is first is drawn by lot: by name, many hosts called `0000…` would be tried before everybody else, and
hosts that hang would hold up each post.

One process at a time is at it. It queues behind a fence: a process that was slow, and was passed by others, cannot
queue what is long decided, such as an update that was taken back since.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.blocks.book import BlockBook
from federation.delivery.recipients import deliveries_for, follower_deliveries, object_deliveries
from federation.locations import Locations
from federation.log.own import read_addressed
from federation.turns import JobStore, Turn, Turns
from storage.errors import HeadMoved, LeaseLost, NotFound
from storage.ids import Host, InboxUrl
from storage.records import Activity, Fence, NewDelivery, PlacedEntry
from storage.store import Activities, Deliveries, Followers, Log, Remotes

log = logging.getLogger(__name__)

CURSOR: Final = "deliveries"
JOB: Final = "fan-out"
_BATCH: Final = 100
_SPREAD: Final = timedelta(milliseconds=10)


class FanOutStore(Log, Activities, Deliveries, Followers, Remotes, JobStore, Protocol):
    """What fanning out reads and writes."""


class FanOut:
    """Reads the record on and queues a delivery for each distinct inbox of each entry's audience."""

    def __init__(
        self,
        store: FanOutStore,
        locations: Locations,
        now: Callable[[], datetime],
        blocks: BlockBook,
        turns: Turns,
        *,
        lot: int,
        first_receipt: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`lot`, 64 bits by chance, decides the order of hosts; outside it is unknown.

        `first_receipt` waits until somebody else holds so many entries too, or long enough.
        """
        self._first_receipt = first_receipt
        self._lot = lot.to_bytes(8)
        self._turns = turns
        self._store = store
        self._locations = locations
        self._now = now
        self._blocks = blocks
        self._one_at_a_time = asyncio.Lock()

    async def catch_up(self) -> int:
        """Queue for every entry not read yet; how many deliveries were new.

        A crash in the middle repeats the entry: deliveries are keyed by (activity, inbox), so none is made twice. While
        another process is at it, that one is waited for.
        """
        made = 0
        async with self._one_at_a_time:
            while True:
                async with self._turns.try_for(JOB) as turn:
                    if turn is not None:
                        made += await self._read_on(turn)
                if not self._store.is_shared or await self._is_done():
                    return made
                await self._turns.look_again()

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Hold it between two entries, in every process."""
        async with self._one_at_a_time, self._turns.wait_for(JOB):
            yield

    async def _is_done(self) -> bool:
        """Asked when the turn is over: whoever came in vain meanwhile relies on us."""
        return await self._store.get_cursor(CURSOR) >= await self._store.size()

    async def _read_on(self, turn: Turn) -> int:
        """To the end, or as long as it is our turn; how many deliveries were new."""
        made = 0
        while True:
            start = await self._store.get_cursor(CURSOR)
            entries = await self._store.list_entries(start, _BATCH)
            if not entries:
                return made
            if self._first_receipt is not None:
                await self._first_receipt(start + len(entries))
            try:
                for step, placed in enumerate(entries, start):
                    async for count in self._queue(placed, step, turn):
                        made += count
                    if not await self._store.advance_cursor(CURSOR, expecting=step, to=step + 1):
                        break
            except HeadMoved:
                log.info("another process fanned out what we were at")
            except LeaseLost:
                return made

    async def _queue(self, placed: PlacedEntry, step: int, turn: Turn) -> AsyncIterator[int]:
        """How many deliveries were new, page by page."""
        activity = await self._store.find_activity(placed.entry.activity)
        if activity is None:
            raise NotFound(f"The record names {placed.entry.activity}, but its bytes are missing.")
        fence = Fence(name=CURSOR, place=step)
        async for deliveries in self._audience(placed, activity):
            await self._turns.extend(turn)
            drawn = [replace(one, due_at=one.due_at - self._draw(one.host)) for one in deliveries]
            yield await self._store.add_deliveries(drawn, now=self._now(), fence=fence)

    def _draw(self, host: Host) -> timedelta:
        """How much earlier than others a host is due: always the same, so that its posts keep their order."""
        drawn = hashlib.blake2b(host.encode(), key=self._lot, digest_size=4).digest()
        return _SPREAD * int.from_bytes(drawn) / 2**32

    async def _audience(self, placed: PlacedEntry, activity: Activity) -> AsyncIterator[list[NewDelivery]]:
        """Followers by the page; then those named, and, unless it is a new boost, whoever was ever sent this object.

        Nobody blocked is among the followers; of the others they are left out.
        """
        own_hosts, due_at = {self._locations.host}, self._now()
        async for page in follower_deliveries(self._store, activity, own_hosts=own_hosts, due_at=due_at):
            yield page
        if placed.entry.is_profile:
            return
        mentioned = await self._mentioned(activity)
        foreign = await self._store.list_foreign_inboxes(mentioned)
        yield deliveries_for(activity, mentioned, own_hosts=own_hosts, due_at=due_at, foreign=foreign)
        if activity.type == "Announce":
            return
        async for page in object_deliveries(self._store, activity, own_hosts=own_hosts, due_at=due_at):
            blocked = await self._blocks.blocked_inboxes([delivery.inbox for delivery in page])
            yield [delivery for delivery in page if delivery.inbox not in blocked]

    async def _mentioned(self, activity: Activity) -> list[InboxUrl]:
        if activity.type == "Delete":
            return []
        named = [actor for actor in read_addressed(activity.body) if await self._blocks.find(actor) is None]
        found = [await self._store.find_remote_actor(actor) for actor in named]
        return [actor.shared_inbox or actor.inbox for actor in found if actor is not None]
