"""What a peer's log takes back, and the guard: a thief of its keys must not be able to wipe the network (protocol §4).

The rule itself is `federation.log.withdrawals`, the same for our own log. Here it moves on only as far as the
withdrawing activities themselves are held and proved. Past 20 objects and 5 % of what stands within 24 hours, what
further Deletes and Updates take back stays until this node's organisers confirm it: whoever edits every word away has
wiped it as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.log.withdrawals import Takings, Told, Withdrawing, read_stretch, stand_anew
from federation.mirror.entries import about_actor
from storage.ids import LogName, ObjectId
from storage.records import Leaf
from storage.store import KeptLogs

MOST_OBJECTS: Final = 20
MOST_PART: Final = 20
"""One in so many: 5 %."""
WITHIN: Final = timedelta(hours=24)
_BATCH: Final = 256
_MOST: Final = 2**16
"""Objects that are counted as taken back within a day; past that nothing more is."""


class WithdrawingStore(KeptLogs, Protocol):
    """What withdrawing reads and writes."""


@dataclass(frozen=True, slots=True)
class Guard:
    """How many objects may still lose what was visible of them."""

    taken: frozenset[ObjectId]
    """Those that lost it within the last 24 hours."""
    standing: int

    @property
    def most(self) -> int:
        """20, or 5 % where that is more."""
        return max(MOST_OBJECTS, (self.standing + len(self.taken)) // MOST_PART)

    def split(self, objects: Iterable[ObjectId]) -> tuple[frozenset[ObjectId], frozenset[ObjectId]]:
        """Of these, in their order, which may lose it now, and which not."""
        room = self.most - len(self.taken)
        new = [one for one in dict.fromkeys(objects) if one not in self.taken]
        return frozenset(new[: max(room, 0)]) | self.taken, frozenset(new[max(room, 0) :])


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it."""

    withdrawn: frozenset[int]
    kept_back: frozenset[ObjectId]
    """What Deletes and Updates name that are not carried out before somebody confirms them."""


async def settle(store: WithdrawingStore, name: LogName, *, to: int, at: datetime, standing: int) -> Settled:
    """Carry out what the entries below `to` take back that were not looked at; again safely after a crash."""
    log = await store.find_log(name)
    if log is None or log.withdrawn_to >= to:
        return Settled(frozenset(), frozenset())
    taken = await store.list_hidden_objects(name, since=at - WITHIN, limit=_MOST)
    watch = _Watch(guard=Guard(frozenset(taken), standing))
    withdrawing = Withdrawing(takings=takings_of(store, name, to), at=at, hold_back=watch.hold_back)
    await withdrawing.carry_on(log.withdrawn_to)
    return Settled(frozenset(withdrawing.hidden), frozenset(watch.kept_back))


def takings_of(store: WithdrawingStore, name: LogName, below: int) -> Takings:
    """The Deletes and Updates of a peer's log, of which some leaves do not show their actors yet."""
    return Takings(store=store, name=name, below=below, about_actor=about_actor)


async def list_kept_back(store: WithdrawingStore, name: LogName, size: int) -> list[ObjectId]:
    """Objects of which something is still visible that a looked-at Delete or Update takes back, newest first."""
    takings, found = takings_of(store, name, size), dict[ObjectId, None]()
    before: int | None = None
    while page := await store.list_standing(name, None, before=before, limit=_BATCH, with_bodies=False):
        before = page[-1].place
        taken_back = await takings.find_taken_back(page)
        found |= {leaf.object: None for leaf in page if leaf.place in taken_back}
    return list(found)


async def confirm(store: WithdrawingStore, name: LogName, *, at: datetime) -> int:
    """Carry out every Delete and Update that was kept back, because an organiser says so; how many objects."""
    log = await store.find_log(name)
    if log is None:
        return 0
    here = log.withdrawn_to
    objects = await list_kept_back(store, name, here)
    takings = takings_of(store, name, here)
    withdrawing = Withdrawing(takings=takings, at=at)
    for first in range(0, len(objects), _BATCH):
        some = objects[first : first + _BATCH]
        await takings.ask(some)
        if not await withdrawing.take_back(here, some, spared=()):
            break
        left = [leaf for one in some for leaf in await _list_left(store, name, one, here)]
        changes = stand_anew(
            read_stretch(left, about_actor), await store.list_standing_versions(name, some), takings.deletes
        )
        await store.withdraw_leaves(name, expecting=here, to=here, places=[], standing=changes, at=at)
    return len(objects)


async def _list_left(store: WithdrawingStore, name: LogName, object: ObjectId, below: int) -> list[Leaf]:
    """The versions of a note that nothing takes back."""
    return await store.list_takeable(name, {object: below}, "Update", states=("wanted", "held"), limit=_BATCH)


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Asks the guard, stretch by stretch."""

    guard: Guard
    kept_back: set[ObjectId] = field(default_factory=set)

    def hold_back(self, told: Told, standing: Collection[Leaf]) -> frozenset[ObjectId]:
        """Of these notes those that may not be taken back now."""
        taken, held_back = self.guard.split(_wiped(told, standing))
        self.guard = replace(self.guard, taken=taken)
        self.kept_back |= held_back
        return held_back


def _wiped(told: Told, standing: Iterable[Leaf]) -> list[ObjectId]:
    """Objects of which something is visible, and that these Deletes and Updates take back, in their order."""
    visible = {leaf.object: leaf.place for leaf in standing if leaf.state == "held"}
    newest = {**told.updates, **told.deletes}
    taken = [(place, object) for object, place in newest.items() if visible.get(object, place) < place]
    return [object for _, object in sorted(taken)]
