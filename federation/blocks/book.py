"""Who is blocked: one question to the store for each actor, remembered until the list changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from federation.activitystreams.model import IncomingActivity
from federation.addresses import authority
from federation.blocks.targets import host_names, names_of
from federation.errors import Blocked, ForbiddenAddress
from storage.ids import ActorId, InboxUrl
from storage.records import Block, Person
from storage.store import Blocks

_MOST: Final = 10_000


@dataclass(slots=True)
class BlockBook:
    """What the store says about blocks; one for the whole node.

    Whoever changes a block calls `forget`, and `changed` hears of it.
    """

    store: Blocks
    most: int = _MOST
    changed: Callable[[], None] = lambda: None
    _verdicts: OrderedDict[ActorId, Block | None] = field(default_factory=OrderedDict)
    _is_empty: bool | None = None
    _edition: int = 0

    def forget(self) -> None:
        """The list has changed."""
        self._verdicts.clear()
        self._is_empty, self._edition = None, self._edition + 1
        self.changed()

    async def is_empty(self) -> bool:
        """Whether nobody at all is blocked."""
        if self._is_empty is None:
            edition = self._edition
            empty = not await self.store.list_blocks(after=None, limit=1)
            if edition != self._edition:
                return empty
            self._is_empty = empty
        return self._is_empty

    async def find(self, actor: ActorId, *, is_known: bool = False) -> Block | None:
        """The block that keeps this actor out: its host's, its address's as far as we know it, or its own.

        Only when `is_known`, its document read and kept, is a "no" remembered: before, its address may be news.
        """
        if await self.is_empty():
            return None
        if actor in self._verdicts:
            self._verdicts.move_to_end(actor)
            return self._verdicts[actor]
        edition = self._edition
        block = await self.store.find_block(names_of(actor), of=actor)
        if (block is not None or is_known) and edition == self._edition:
            self._verdicts[actor] = block
            if len(self._verdicts) > self.most:
                self._verdicts.popitem(last=False)
        return block

    async def refuse_blocked(self, activity: IncomingActivity, *, is_known: bool = False) -> None:
        """`Blocked` when its actor is; only a Move is heard from somebody blocked whose host is not.

        Whoever is blocked would otherwise be rid of it by moving next door.
        """
        block = await self.find(activity.actor, is_known=is_known)
        if block is not None and not (activity.type == "Move" and block.kind != "host"):
            raise Blocked(f"{activity.actor} is blocked by an organiser ({block.target}).")

    async def judge(self, people: Sequence[Person]) -> tuple[list[ActorId], list[ActorId]]:
        """Those of these whose host is blocked, and those who are blocked themselves on a host that is not."""
        hosts = {person.id: names_of(person.id)[1:] for person in people}
        owns = {person.id: {person.id, person.address or person.id} for person in people}
        names = {name for person in people for name in (*hosts[person.id], *owns[person.id])}
        blocked = await self.store.list_blocked(names)
        by_host = [person.id for person in people if not blocked.isdisjoint(hosts[person.id])]
        beyond = set(by_host)
        by_name = [id for id, own in owns.items() if id not in beyond and not blocked.isdisjoint(own)]
        return by_host, by_name

    async def blocked_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        """Those of these that lie on a blocked host, or that only blocked actors use."""
        if not inboxes or await self.is_empty():
            return set()
        names = {inbox: _inbox_names(inbox) for inbox in inboxes}
        blocked = await self.store.list_blocked({name for listed in names.values() for name in listed})
        on_hosts = {inbox for inbox, listed in names.items() if not blocked.isdisjoint(listed)}
        return on_hosts | await self.store.list_blocked_inboxes(inboxes)


def _inbox_names(inbox: InboxUrl) -> list[str]:
    try:
        return host_names(authority(inbox))
    except ForbiddenAddress:
        return []
