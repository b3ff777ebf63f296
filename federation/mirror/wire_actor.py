"""`@wire@domain`: passes on what peers publish, and speaks their verified words while their own servers are silent.

Nothing of it is logged, and only its followers get it. What is to be said follows from what is held and from what was
said, whose ids are known beforehand; so a round may be repeated, and a crash loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.delivery.recipients import follower_deliveries, object_deliveries
from federation.errors import FederationError
from federation.identity.signer import Signers
from federation.locations import Locations
from federation.mirror import wire_words as words
from federation.mirror.held import Hear, HeldUnion, Shelves, list_held
from federation.mirror.held_media import held_pictures, list_held_digests
from federation.mirror.notes import HeldActor, read_note, read_profile
from federation.mirror.wire_pace import AT_ONCE, Allowances, count_lately, is_counted
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject
from federation.turns import Turns
from storage.ids import ActivityId, ActorId, LogName, ObjectId
from storage.records import Activity, KeptLog, Leaf, NewDelivery
from storage.store import Activities, Deliveries, Followers, Log, Retractions

log = logging.getLogger(__name__)

JOB: Final = "wire"
_WINDOW: Final = 256
"""Newest entries of each record that are looked at in each round; older ones once, by a cursor."""
_FRESH: Final = timedelta(hours=24)
"""How old a peer's update may be to be passed on; and how long before its server's silence one is spoken anew."""


_MOST_CARRIED: Final = 40 * _WINDOW
"""Entries behind the newest ones that are looked at again while a change among them waits for the day's allowance."""


@dataclass(slots=True)
class _Page:
    """What became of the entries that were looked at last."""

    is_waiting: bool = False
    """Whether a change of a copy among them could not be said yet."""


class WireStore(Shelves, Activities, Deliveries, Followers, Log, Retractions, Protocol):
    """What the wire reads and writes."""


def wire_cursor(log: LogName, epoch: int) -> str:
    """How far the wire has read a log in this epoch of its union; set back, it reads the log anew."""
    return f"wire {log} {epoch}"


@dataclass(frozen=True, slots=True)
class _About:
    """An update of a peer's in the window: its standing version, or None when nothing of it is to be shown."""

    original: ObjectId
    standing: Leaf | None
    is_withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WireWorker:
    """Says what is to be said; `run_once` after a pull, and now and then."""

    store: WireStore
    signers: Signers
    locations: Locations
    turns: Turns
    now: Callable[[], datetime]
    hear: Hear
    wake: Callable[[], None]
    """Tells the delivery worker that there is something to do."""
    allowances: Allowances = field(default_factory=Allowances)

    @property
    def actor(self) -> ActorId:
        """Who speaks."""
        return self.locations.actor(words.WIRE_HANDLE)

    async def run_once(self) -> int:
        """One round over all peers that may be named; how many things were said."""
        if await self.store.count_followers(self.actor) == 0:
            return 0
        async with self.turns.try_for(JOB) as turn:
            if turn is None:
                return 0
            said = 0
            for held in await list_held(self.store, self.hear):
                await self.turns.extend(turn)
                try:
                    said += await self._speak_of(held)
                except FederationError as problem:
                    log.warning(
                        "the wire cannot speak of a peer", extra={"mirror": held.did, "why": type(problem).__name__}
                    )
        if said:
            self.wake()
        return said

    async def _speak_of(self, held: HeldUnion) -> int:
        said, remaining, page = 0, AT_ONCE, _Page()
        async for abouts in self._pages(held, page):
            before = await self._said_before(abouts)
            left = min(remaining, self.allowances.left(held.did, before.values(), self.now()))
            for about in abouts:
                if left <= 0 and about.standing is not None:
                    page.is_waiting |= self._is_changed(about.standing, before.keys())
                    continue
                for document in await self._due(held, about, before.keys()):
                    said += await self._say(document, about.original)
                    if is_counted(str(document["type"])):
                        self.allowances.note(held.did, self.now())
                        left, remaining = left - 1, remaining - 1
        return said

    async def count_lately(self, held: HeldUnion) -> int:
        """How much was said of a peer in the last 24 hours, as far as its newest entries tell."""
        end = held.log.checkpoint_size
        newest = await self._window(held.log, max(0, end - _WINDOW), end, frozenset())
        return count_lately((await self._said_before(newest)).values(), self.now())

    async def _pages(self, held: HeldUnion, page: _Page) -> AsyncIterator[list[_About]]:
        """What was said may have ended wherever its entries stand, and a later epoch may have made them void.

        So every entry is looked at once in each epoch, also those that came while this node was away; and again, as
        long as there are not too many behind it, from the first page on in which a change waits.
        """
        hidden = {one.object for one in await self.store.list_withheld(held.did)}
        for log in await self.store.list_logs(held.did):
            if log.epoch > held.log.epoch:
                continue
            end = log.checkpoint_size if log.name == held.log.name else log.size
            last = max(0, end - _WINDOW) if log.name == held.log.name else end
            cursor = wire_cursor(log.name, held.charter.epoch)
            place = await self.store.get_cursor(cursor)
            to = last
            for start in range(place, last, _WINDOW):
                page.is_waiting = False
                yield await self._window(log, start, min(start + _WINDOW, last), hidden)
                to = min(to, start) if page.is_waiting else to
            if place < (to := max(to, last - _MOST_CARRIED)):
                await self.store.advance_cursor(cursor, expecting=place, to=to)
            if last < end:
                yield await self._window(log, last, end, hidden)
        taken_back = (await self.store.list_retractions(held.did))[:_WINDOW]
        yield [_About(one.object, None, False) for one in taken_back] + [_About(one, None, True) for one in hidden]

    async def _window(self, log: KeptLog, start: int, end: int, hidden: Collection[ObjectId]) -> list[_About]:
        """Each update that these entries are about, with what stands of it and is not withheld."""
        leaves = await self.store.list_leaves(log.name, start, end - start, with_bodies=False)
        standing = {leaf.object: leaf for leaf in leaves if leaf.is_standing and leaf.object not in hidden}
        notes = {leaf.object: leaf for leaf in leaves if leaf.type in ("Create", "Update", "Delete")}
        about_actors = {
            leaf.object for leaf in leaves if leaf.actor is not None and str(leaf.object) == str(leaf.actor)
        }
        return [
            _About(object, standing.get(object), object in hidden) for object in notes if object not in about_actors
        ]

    async def _said_before(self, abouts: Sequence[_About]) -> dict[ActivityId, Activity]:
        kinds: tuple[words.Said, ...] = ("copy", "end", "boost", "unboost")
        ids = [self._id(kind, one.original) for one in abouts for kind in kinds]
        ids += [self._id("change", one.original, one.standing.place) for one in abouts if one.standing is not None]
        return {activity.id: activity for activity in await self.store.list_activities(ids)}

    async def _due(self, held: HeldUnion, about: _About, known: Set[ActivityId]) -> list[JsonObject]:
        """What is to be said of one update now; nothing in most rounds."""
        original, at = about.original, self._at()
        is_copied = self._id("copy", original) in known
        is_boosted = self._id("boost", original) in known
        if about.standing is None:
            if not (is_copied or is_boosted) or await self._is_kept_back(held, about):
                return []
            ends = []
            if is_copied and self._id("end", original) not in known:
                ends.append(words.delete(locations=self.locations, original=original, at=at))
            if is_boosted and self._id("unboost", original) not in known:
                ends.append(words.undo(original, locations=self.locations, at=at))
            return ends
        if self._id("end", original) in known:
            return []
        return await self._due_of_standing(held, about.standing, known, is_copied=is_copied, is_boosted=is_boosted)

    async def _is_kept_back(self, held: HeldUnion, about: _About) -> bool:
        """Whether it was taken back and is shown all the same, until somebody confirms so many at once."""
        return not about.is_withheld and await self.store.find_standing(held.log.name, about.original) is not None

    def _is_changed(self, leaf: Leaf, known: Set[ActivityId]) -> bool:
        """Whether this version of something that was copied, and did not end, is to be said still."""
        copy, end = (self._id(kind, leaf.object) in known for kind in ("copy", "end"))
        return leaf.type == "Update" and copy and not end and self._id("change", leaf.object, leaf.place) not in known

    async def _due_of_standing(
        self, held: HeldUnion, leaf: Leaf, known: Set[ActivityId], *, is_copied: bool, is_boosted: bool
    ) -> list[JsonObject]:
        original, silent = leaf.object, held.spoken_for_since
        if is_copied:
            return [await self._copy(held, leaf, is_first=False)] if self._is_changed(leaf, known) else []
        if held.peer.state != "mutual":
            return []
        if silent is not None:
            return [await self._copy(held, leaf, is_first=True)] if leaf.kept_at >= silent - _FRESH else []
        is_fresh = leaf.published_at >= self.now() - _FRESH
        return [] if is_boosted or not is_fresh else [self._announce(original)]

    def _announce(self, original: ObjectId) -> JsonObject:
        return words.announce(original, locations=self.locations, at=self._at())

    async def _copy(self, held: HeldUnion, leaf: Leaf, *, is_first: bool) -> JsonObject:
        whole = await self.store.find_standing(held.log.name, leaf.object) or leaf
        note, actors = read_note(whole), await self._actors(held)
        files = [file.digest for one in note.pictures for file in (one.file, one.preview) if file is not None]
        here = await list_held_digests(self.store, held.did, files)
        at = self._at()
        document = words.copy_note(
            held,
            actors.get(note.actor),
            note,
            held_pictures(note, here),
            locations=self.locations,
            updated=None if is_first else at,
        )
        signed = self.signers.signer(self.actor).prove(document, at)
        if is_first:
            return words.create(signed, locations=self.locations, original=note.id, at=at)
        return words.update(signed, locations=self.locations, original=note.id, place=leaf.place, at=at)

    async def _actors(self, held: HeldUnion) -> Mapping[ActorId, HeldActor]:
        profiles = [read_profile(leaf) for leaf in await self.store.list_profiles(held.log.name) if leaf.body]
        return {profile.id: profile for profile in profiles}

    async def _say(self, document: JsonObject, original: ObjectId) -> bool:
        """Keep it with a delivery for each follower, and an end also for whoever was sent the copy, in one step."""
        activity = self._activity(document, original)
        deliveries = [delivery async for page in self._audience(activity) for delivery in page]
        alone = {delivery.inbox: delivery for delivery in deliveries}
        return await self.store.add_activity(activity, [*alone.values()])

    async def _audience(self, activity: Activity) -> AsyncIterator[list[NewDelivery]]:
        own, due_at = {self.locations.host}, self.now()
        async for page in follower_deliveries(self.store, activity, own_hosts=own, due_at=due_at):
            yield page
        if activity.type in ("Update", "Delete", "Undo"):
            async for page in object_deliveries(self.store, activity, own_hosts=own, due_at=due_at):
                yield page

    def _activity(self, document: JsonObject, original: ObjectId) -> Activity:
        is_boost = document["type"] in ("Announce", "Undo")
        copy = self.locations.post(words.wire_serial("copy", original))
        signed = self.signers.signer(self.actor).prove(document, self._at())
        return Activity(
            id=ActivityId(str(document["id"])),
            actor=self.actor,
            type=str(document["type"]),
            object=words.boost_subject(original, self.actor) if is_boost else copy,
            body=canonical(signed),
            created_at=self._at(),
        )

    def _id(self, said: words.Said, original: ObjectId, place: int = 0) -> ActivityId:
        return words.activity_id(said, original, self.locations, place)

    def _at(self) -> datetime:
        return self.now().replace(microsecond=0)
