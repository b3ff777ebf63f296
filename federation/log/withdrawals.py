"""What a log's own later entries take back (protocol §4): the one rule for our log and for those we hold.

A Delete withdraws every earlier activity on its object, an Update every earlier version of it; actors' documents are
never withdrawn. What stands is the newest version of a note that nobody took back.

A log is looked through stretch by stretch. A peer may act on one note a million times: so of what came before a stretch
only what still can be taken back is read, page by page, and what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from storage.ids import LogName, ObjectId
from storage.records import TAKINGS, VERSIONS, KeptLog, Leaf, LeafState, Taking
from storage.store import KeptLogs

_STRETCH: Final = 512
"""Entries that are looked at together."""
_PAGE: Final = 512
"""What is taken back at once, however much one Delete takes back: whoever publishes meanwhile waits for no more."""
_AT_ONCE: Final = 256
"""Notes of which it is asked at once what of them can be taken back."""
_MOST_KNOWN: Final = 2**16
"""Objects that are remembered; each is some hundred bytes."""
_BOTH: Final[tuple[LeafState, ...]] = "wanted", "held"
_TELLING: Final = frozenset({*VERSIONS, "Delete"})
"""Entries after which something else stands."""


class WithdrawingStore(KeptLogs, Protocol):
    """What withdrawing reads and writes."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a stretch of a log says about notes, in its order: by object the place of the newest entry of each kind."""

    versions: Mapping[ObjectId, int]
    updates: Mapping[ObjectId, int]
    deletes: Mapping[ObjectId, int]

    @property
    def objects(self) -> frozenset[ObjectId]:
        """All that it speaks of."""
        return frozenset(self.versions) | self.deletes.keys()

    def without(self, objects: Collection[ObjectId]) -> Told:
        """The same, but of these notes."""
        if not objects:
            return self
        kinds = self.versions, self.updates, self.deletes
        return Told(*({key: place for key, place in kind.items() if key not in objects} for kind in kinds))


def is_profile(leaf: Leaf) -> bool:
    """Whether it is about an actor's own document."""
    return leaf.actor is not None and str(leaf.actor) == str(leaf.object)


def read_stretch(leaves: Iterable[Leaf], about_actor: Callable[[Leaf], bool] = is_profile) -> Told:
    """What these leaves tell, given in order."""
    telling = [leaf for leaf in leaves if leaf.type in _TELLING and not about_actor(leaf)]
    return Told(
        versions={leaf.object: leaf.place for leaf in telling if leaf.type in VERSIONS},
        updates={leaf.object: leaf.place for leaf in telling if leaf.type == "Update"},
        deletes={leaf.object: leaf.place for leaf in telling if leaf.type == "Delete"},
    )


def is_taken_back(leaf: Leaf, deletes: Mapping[ObjectId, int], updates: Mapping[ObjectId, int]) -> bool:
    """Whether the newest Delete or Update of its object, at these places, comes after it and takes it back."""
    if leaf.type == "Delete":
        return False
    nowhere = leaf.place
    is_version = leaf.type in VERSIONS
    return leaf.place < deletes.get(leaf.object, nowhere) or (
        is_version and leaf.place < updates.get(leaf.object, nowhere)
    )


def stand_anew(told: Told, standing: Iterable[Leaf], ended: Collection[ObjectId]) -> dict[int, bool]:
    """What stands from now on and what no longer does; `ended` are notes that a Delete ends."""
    newest = {object: place for object, place in told.versions.items() if object not in ended}
    changes = dict.fromkeys(newest.values(), True)
    for leaf in standing:
        if leaf.object in ended or newest.get(leaf.object, leaf.place) != leaf.place:
            changes[leaf.place] = False
        else:
            changes.pop(leaf.place, None)
    return changes


@dataclass(slots=True, kw_only=True)
class Takings:
    """The newest Delete and Update of notes below some place; each is asked about once, as long as not too many are."""

    store: WithdrawingStore
    name: LogName
    below: int
    about_actor: Callable[[Leaf], bool] = is_profile
    deletes: dict[ObjectId, int] = field(default_factory=dict)
    updates: dict[ObjectId, int] = field(default_factory=dict)
    _asked: set[ObjectId] = field(default_factory=set)

    async def find_taken_back(self, leaves: Collection[Leaf]) -> set[int]:
        """The places of those of these that one of them takes back; they need not be fetched."""
        about = [leaf for leaf in leaves if not self.about_actor(leaf)]
        await self.ask({leaf.object for leaf in about})
        return {leaf.place for leaf in about if is_taken_back(leaf, self.deletes, self.updates)}

    async def ask(self, objects: Collection[ObjectId]) -> None:
        """Know of these what there is."""
        if len(self._asked) > _MOST_KNOWN:
            self.deletes.clear()
            self.updates.clear()
            self._asked.clear()
        if not (new := set(objects) - self._asked):
            return
        self.deletes |= await self.store.find_newest_takings(self.name, new, "Delete", below=self.below)
        self.updates |= await self.store.find_newest_takings(self.name, new, "Update", below=self.below)
        self._asked |= new


@dataclass(slots=True, kw_only=True)
class Withdrawing:
    """Carries out what the stretches of a log below `takings.below` take back, one after the other.

    What a stretch speaks of is taken back at once as far as the newest Delete or Update reaches, so that nothing is
    read again for the next one.
    """

    takings: Takings
    at: datetime
    hold_back: Callable[[Told, Collection[Leaf]], frozenset[ObjectId]] | None = None
    """Of which of these notes what is held stays for now, given what stands of them."""
    hidden: set[int] = field(default_factory=set)
    """Places of activities that were held and are taken back."""

    async def carry_on(self, start: int) -> bool:
        """Stretch by stretch; False when another process was at it. Again safely after a crash."""
        while start < self.takings.below:
            end = min(start + _STRETCH, self.takings.below)
            if not await self._look_at(start, end):
                return False
            start = end
        return True

    async def _look_at(self, start: int, end: int) -> bool:
        store, name = self.takings.store, self.takings.name
        leaves = await store.list_leaves(name, start, end - start, with_bodies=False)
        told = read_stretch(leaves, self.takings.about_actor)
        changes: dict[int, bool] = {}
        if told.objects:
            standing = await store.list_standing_versions(name, told.objects)
            spared = frozenset[ObjectId]() if self.hold_back is None else self.hold_back(told, standing)
            await self.takings.ask(told.objects)
            if not await self.take_back(start, told.updates.keys() | told.deletes.keys(), spared):
                return False
            free = [leaf for leaf in standing if leaf.object not in spared]
            changes = stand_anew(told.without(spared), free, self.takings.deletes)
        return await store.withdraw_leaves(name, expecting=start, to=end, places=[], standing=changes, at=self.at)

    async def take_back(self, place: int, objects: Collection[ObjectId], spared: Collection[ObjectId]) -> bool:
        """All that the newest Deletes and Updates of these notes reach; of those that are spared only what is not held.

        The log stays at `place`; False when another process moved it on.
        """
        free = [object for object in objects if object not in spared]
        bound = [object for object in objects if object in spared]
        for these, states in ((free, _BOTH), (bound, _BOTH[:1])):
            for first in range(0, len(these), _AT_ONCE):
                if not await self._take_some(place, these[first : first + _AT_ONCE], states):
                    return False
        return True

    async def _take_some(self, place: int, objects: Collection[ObjectId], states: tuple[LeafState, ...]) -> bool:
        known = self.takings
        for taking in TAKINGS:
            places = known.deletes if taking == "Delete" else known.updates
            below = {object: places[object] for object in objects if object in places}
            while page := await self._next_page(below, taking, states):
                self.hidden |= {leaf.place for leaf in page if leaf.state == "held"}
                taken = [leaf.place for leaf in page]
                if not await known.store.withdraw_leaves(
                    known.name, expecting=place, to=place, places=taken, standing={}, at=self.at
                ):
                    return False
        return True

    async def _next_page(
        self, below: dict[ObjectId, int], taking: Taking, states: tuple[LeafState, ...]
    ) -> Sequence[Leaf]:
        if not below:
            return ()
        return await self.takings.store.list_takeable(self.takings.name, below, taking, states=states, limit=_PAGE)


async def withdraw(store: WithdrawingStore, log: KeptLog, *, to: int, at: datetime) -> bool:
    """Withdraw by each entry below `to` that was not looked at; False when another process was at it."""
    takings = Takings(store=store, name=log.name, below=to)
    return await Withdrawing(takings=takings, at=at).carry_on(log.withdrawn_to)
