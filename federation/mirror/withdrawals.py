"""What a peer's log takes back, and the guard: a thief of its keys must not be able to wipe the network (protocol §4).

The rule itself is `federation.log.withdrawals`, the same for our own log. Here it moves on only as far as the
withdrawing activities themselves are held and proved. Past 20 objects and 5 % of what stands within 24 hours, what
further Deletes and Updates take back stays until this node's organisers confirm it: whoever edits every word away has
wiped it as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.log.withdrawals import Judgement, judge
from federation.mirror.entries import about_actor
from storage.ids import LogName, ObjectId
from storage.records import Leaf
from storage.store import KeptLogs

MOST_OBJECTS: Final = 20
MOST_PART: Final = 20
"""One in so many: 5 %."""
WITHIN: Final = timedelta(hours=24)
_BATCH: Final = 256
_STRETCH: Final = 16 * _BATCH
"""Entries judged together: objects that very many act on are read anew for each stretch."""
_TELLING: Final = frozenset({"Create", "Update", "Delete"})
_TAKING: Final = frozenset({"Update", "Delete"})
_ALL: Final = 2**62


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


def superseded(leaves: Collection[Leaf], end: int) -> set[int]:
    """Of all leaves about some objects, the places whose activity a later one takes back: they need not be fetched."""
    return judge(leaves, start=0, end=end, about_actor=about_actor).places


async def find_superseded(store: WithdrawingStore, name: LogName, wanted: Collection[Leaf], end: int) -> set[int]:
    """Of these wanted leaves, those that a later entry takes back."""
    objects = {leaf.object for leaf in wanted}
    return superseded(await store.list_object_leaves(name, objects), end) if objects else set()


async def settle(
    store: WithdrawingStore, name: LogName, *, to: int, at: datetime, standing: int, is_confirmed: bool = False
) -> Settled:
    """Carry out what the entries below `to` take back that were not looked at; again safely after a crash."""
    log = await store.find_log(name)
    withdrawn: set[int] = set()
    kept_back: set[ObjectId] = set()
    start = to if log is None else log.withdrawn_to
    while start < to:
        end = min(start + _STRETCH, to)
        guard = Guard(frozenset(), _ALL) if is_confirmed else await _guard(store, name, at, standing)
        judged, held_back = await _judge_stretch(store, name, start, end, guard)
        moved = await store.withdraw_leaves(
            name, expecting=start, to=end, places=judged.places, standing=judged.standing, at=at
        )
        if not moved:
            break
        withdrawn |= judged.places
        kept_back |= held_back
        start = end
    return Settled(frozenset(withdrawn), frozenset(kept_back))


async def list_kept_back(store: WithdrawingStore, name: LogName, size: int) -> list[ObjectId]:
    """Objects of which something is still visible that a looked-at Delete or Update takes back."""
    taken_back = {leaf.object: leaf.place for leaf in await _read(store, name, 0, size)}
    if not taken_back:
        return []
    about = await store.list_object_leaves(name, taken_back.keys())
    visible = {
        leaf.object
        for leaf in about
        if leaf.is_standing and leaf.state == "held" and leaf.place < taken_back[leaf.object]
    }
    return [one for one in taken_back if one in visible]


async def confirm(store: WithdrawingStore, name: LogName, *, at: datetime) -> int:
    """Carry out every Delete and Update that was kept back, because an organiser says so; how many objects."""
    log = await store.find_log(name)
    if log is None:
        return 0
    objects = await list_kept_back(store, name, log.withdrawn_to)
    if objects:
        about = await store.list_object_leaves(name, objects)
        judged = judge(about, start=0, end=log.withdrawn_to, about_actor=about_actor)
        await store.withdraw_leaves(
            name, expecting=log.withdrawn_to, to=log.withdrawn_to, places=judged.places, standing=judged.standing, at=at
        )
    return len(objects)


async def _judge_stretch(
    store: WithdrawingStore, name: LogName, start: int, end: int, guard: Guard
) -> tuple[Judgement, frozenset[ObjectId]]:
    leaves = await store.list_leaves(name, start, end - start, with_bodies=False)
    objects = {leaf.object for leaf in leaves if leaf.type in _TELLING and not about_actor(leaf)}
    if not objects:
        return Judgement(), frozenset()
    about = [leaf for leaf in await store.list_object_leaves(name, objects) if leaf.place < end]
    held_back = guard.split(_wiped(leaves, about))[1]
    judged = judge(about, start=start, end=end, about_actor=about_actor)
    _spare(judged, [leaf for leaf in about if leaf.object in held_back])
    return judged, held_back


def _wiped(leaves: Iterable[Leaf], about: Collection[Leaf]) -> list[ObjectId]:
    """Objects of which something is visible, and that these Deletes and Updates take back."""
    visible = {leaf.object: leaf.place for leaf in about if leaf.is_standing and leaf.state == "held"}
    return [
        leaf.object for leaf in leaves if leaf.type in _TAKING and visible.get(leaf.object, leaf.place) < leaf.place
    ]


def _spare(judged: Judgement, spared: Iterable[Leaf]) -> None:
    """What is held of these objects stays, and stays standing."""
    for leaf in spared:
        judged.standing.pop(leaf.place, None)
        if leaf.state == "held":
            judged.places.discard(leaf.place)


async def _guard(store: WithdrawingStore, name: LogName, at: datetime, standing: int) -> Guard:
    log = await store.find_log(name)
    size = 0 if log is None else log.withdrawn_to
    recent = 0 if log is None else await store.count_leaves_since(log.did, at - WITHIN)
    leaves = await _read(store, name, max(0, size - recent), size)
    objects = {leaf.object for leaf in leaves}
    about = await store.list_object_leaves(name, objects) if objects else []
    taken = {leaf.object for leaf in about if leaf.state == "hidden" and leaf.changed_at > at - WITHIN}
    return Guard(frozenset(taken), standing)


async def _read(store: WithdrawingStore, name: LogName, start: int, end: int) -> list[Leaf]:
    """Deletes and Updates between these places, but those of actors."""
    found: list[Leaf] = []
    for at in range(start, end, _BATCH):
        page = await store.list_leaves(name, at, min(_BATCH, end - at), with_bodies=False)
        found.extend(leaf for leaf in page if leaf.type in _TAKING and not about_actor(leaf))
    return found
