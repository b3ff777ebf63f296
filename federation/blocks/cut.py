"""What follows from a block: everything that ties us to whoever is blocked ends.

Repeatable, and independent of how long the list is: it goes through everybody of whom we keep anything, and asks of
each whether they are blocked. So an interrupted block, or an import of a million lines, is finished by going again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from federation.addresses import authority
from federation.answering import rejection
from federation.blocks.book import BlockBook
from federation.blocks.targets import host_names
from federation.delivery.recipients import foreign_to, host_behind
from federation.delivery.send import Sender
from federation.errors import ForbiddenAddress
from federation.following import send_undo
from storage.ids import ActorId, Host, InboxUrl
from storage.records import Cut
from storage.store import Activities, Blocks, Deliveries, Followers, FollowingOf

_PAGE: Final = 1000


class CutStore(Activities, Blocks, Deliveries, Followers, FollowingOf, Protocol):
    """What cutting reads and writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """Cuts off whoever is blocked; one for the whole node."""

    store: CutStore
    book: BlockBook
    sender: Sender
    now: Callable[[], datetime]
    new_serial: Callable[[], str]
    at_rest: Callable[[], AbstractAsyncContextManager[None]]
    """While it is held nothing is fanned out, so that nobody is cut off between being read and being queued."""
    changed: Callable[[], None]
    """Hears that something readers see may look different now."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def cut_all(self) -> Cut:
        """Cut off everybody who is blocked; how much there was to cut."""
        if await self.book.is_empty():
            return Cut()
        async with self._one_at_a_time, self.at_rest():
            cut = await self._cut_people()
            deliveries = cut.deliveries + await self._cancel_hosts()
        cut = replace(cut, deliveries=deliveries)
        if cut != Cut():
            self.changed()
        return cut

    async def _cut_people(self) -> Cut:
        cut, after = Cut(), None
        while people := await self.store.list_people(after=after, limit=_PAGE):
            by_host, by_name = await self.book.judge(people)
            if by_host or by_name:
                cut += await self._cut(by_host, by_name)
            after = people[-1].id
        return cut

    async def _cut(self, by_host: list[ActorId], by_name: list[ActorId]) -> Cut:
        """Deliveries first, or the letters would be cancelled too; the rows last, or nobody would know whom to write.

        Nothing is said to a blocked host.
        """
        everybody = [*by_host, *by_name]
        inboxes = await self.store.list_own_inboxes(everybody)
        cancelled = await self.store.cancel_inbox_deliveries(list(ways_to(inboxes)))
        for actor in by_name:
            await self._say_goodbye(actor)
        return replace(await self.store.cut_off(everybody), deliveries=cancelled)

    async def _say_goodbye(self, actor: ActorId) -> None:
        for follower in await self.store.list_follows_of(actor):
            await self.sender.send(rejection(follower, answered_at=self.now()))
        for following in await self.store.list_following():
            if following.follows == actor:
                await send_undo(following, serial=self.new_serial(), store=self.store, sender=self.sender)

    async def _cancel_hosts(self) -> int:
        waiting = await self.store.list_waiting_hosts()
        names = {host: host_names(host_behind(host)) for host in waiting}
        blocked = await self.store.list_blocked({name for listed in names.values() for name in listed})
        return sum(
            [
                await self.store.cancel_host_deliveries(host)
                for host, listed in names.items()
                if not blocked.isdisjoint(listed)
            ]
        )


def ways_to(inboxes: list[InboxUrl]) -> list[tuple[InboxUrl, Host]]:
    """Each inbox with the hosts under which its deliveries may be queued."""
    ways = []
    for inbox in inboxes:
        try:
            host = authority(inbox)
        except ForbiddenAddress:
            continue
        ways += [(inbox, host), (inbox, foreign_to(host))]
    return ways
