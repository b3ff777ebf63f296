"""Fetching the activities that kept entries name, from any source, and keeping those that are proved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from federation.errors import Unreachable
from federation.mirror.bodies import Checked, KeyRing, judge_body, profile_in, read_body
from federation.mirror.entries import about_actor
from federation.mirror.errors import BadSource
from federation.mirror.files import files_in
from federation.mirror.plan import Stretch, plan
from federation.mirror.source import Source
from federation.mirror.telling import failing
from federation.mirror.withdrawals import takings_of
from federation.strictjson import load_object
from storage.ids import ActorId, Did, Digest, LogName, ObjectId
from storage.records import VERSIONS, HeldMedia, Leaf
from storage.store import Holdings, KeptLogs

log = logging.getLogger(__name__)

_BATCH: Final = 256
_BREATH: Final = 16
"""Proofs that are checked before others have their turn."""
_NOTHING: Final = -1


class FillingStore(KeptLogs, Holdings, Protocol):
    """What is filled."""


@dataclass(slots=True)
class Filled:
    """What came of it."""

    kept: int = 0
    missing: int | None = None
    """The first place whose activity no source has, and no later entry takes back; None when nothing is wanted."""


@dataclass(slots=True, kw_only=True)
class Filler:
    """Fills one log, from one source after the other."""

    store: FillingStore
    did: Did
    name: LogName
    origins: Collection[str]
    at: datetime
    ring: KeyRing = field(default_factory=KeyRing)
    learnt_from: dict[ActorId, int] = field(default_factory=dict)
    """By actor the place from which on its keys are known."""
    check_room: Callable[[], Awaitable[None]] | None = None
    """Raises `QuotaReached` when no more may be kept; asked before each stretch."""

    async def fill(self, sources: Sequence[Source], *, size: int) -> Filled:
        """Everything that is wanted; `BrokenLog` when the log names what no log may hold."""
        filled, after = Filled(), _NOTHING
        takings = takings_of(self.store, self.name, size)
        while wanted := await self.store.list_wanted(self.name, after=after, limit=_BATCH):
            after = wanted[-1].place
            taken_back = await takings.find_taken_back(wanted)
            needed = [leaf for leaf in wanted if leaf.place not in taken_back]
            if needed and self.check_room is not None:
                await self.check_room()
            left = await self._fill_from_any(needed, sources, filled)
            if left and filled.missing is None:
                filled.missing = left[0].place
            if any(about_actor(leaf) for leaf in left):
                break  # without an actor's keys nothing behind can be judged
        return filled

    async def keep_brought(self, leaf: Leaf, body: bytes) -> bool:
        """Keep one that somebody brought, when all that its actor's keys are in is here; raises what a fill does."""
        return bool(await self._keep([(leaf, body)]))

    async def _fill_from_any(self, needed: list[Leaf], sources: Sequence[Source], filled: Filled) -> list[Leaf]:
        """Those that none of the sources has."""
        for source in sources:
            if not needed:
                break
            kept: set[int] = set()
            try:
                async for batch in self._fetch(needed, source):
                    kept |= await self._keep(batch)
            except Unreachable as problem:
                log.info("a source of a log fails", extra=failing(source.home, problem, log=self.name))
            filled.kept += len(kept)
            needed = [leaf for leaf in needed if leaf.place not in kept]
        return needed

    async def _fetch(self, needed: list[Leaf], source: Source) -> AsyncIterator[list[tuple[Leaf, bytes]]]:
        """What the source has of these, answer by answer, in order of places."""
        by_place = {leaf.place: leaf for leaf in needed}
        for stretch in plan(sorted(by_place)):
            async for start, bodies in _ask(source, stretch, by_place[stretch.start].digest):
                found = [(by_place.get(place), body) for place, body in enumerate(bodies, start)]
                yield [(leaf, body) for leaf, body in found if leaf is not None and body is not None]
                if any(leaf is not None and body is None and about_actor(leaf) for leaf, body in found):
                    return

    async def _keep(self, batch: list[tuple[Leaf, bytes]]) -> set[int]:
        """Check each, and keep those before the first that is not what its entry names."""
        checked: dict[int, tuple[ActorId, bytes]] = {}
        files: list[HeldMedia] = []
        problem: BadSource | None = None
        for count, (leaf, body) in enumerate(batch):
            try:
                found = await self._check(leaf, body)
            except BadSource as bad:
                problem = bad
                break
            checked[leaf.place] = found.actor, found.body
            files += files_in(found.document, did=self.did, at=self.at)
            if count % _BREATH == _BREATH - 1:
                await asyncio.sleep(0)
        if files:
            await self._note_files(files)
        if checked:
            await self.store.keep_bodies(self.name, checked, at=self.at)
        if problem is not None and not checked:
            raise problem
        return set(checked)

    async def _check(self, leaf: Leaf, body: bytes) -> Checked:
        document = read_body(leaf, body)
        actor = document.get("actor")
        if isinstance(actor, str) and leaf.place < self.learnt_from.get(ActorId(actor), leaf.place + 1):
            await self._learn(ActorId(actor), leaf.place)
        return judge_body(leaf, document, body, self.ring, self.origins)

    async def _learn(self, actor: ActorId, place: int) -> None:
        """The actor's newest document before this place, and all behind it: an actor may have changed very often."""
        about = await self.store.list_object_leaves(self.name, [ObjectId(actor)])
        held = [leaf for leaf in about if leaf.state == "held" and leaf.actor == actor and leaf.type in VERSIONS]
        before = [leaf for leaf in held if leaf.place < place]
        self.learnt_from[actor] = place
        for leaf in [*before[-1:], *held[len(before) :]]:
            for whole in await self.store.list_leaves(self.name, leaf.place, 1):
                profile = profile_in(load_object(whole.body or b"{}"), actor)
                if profile is not None:
                    self.ring.learn(actor, whole.place, profile)

    async def _note_files(self, files: Sequence[HeldMedia]) -> None:
        """Those not known yet; what is known keeps what it has, and is named again if nothing named it any more."""
        known = {one.digest: one for one in await find_files(self.store, self.did, files)}
        anew = [replace(one, is_named=True, changed_at=self.at) for one in known.values() if not one.is_named]
        await self.store.save_held_media([*(one for one in files if one.digest not in known), *anew])


async def find_files(store: Holdings, did: Did, files: Collection[HeldMedia]) -> list[HeldMedia]:
    """Which of these files of a union have a row."""
    found = [await find_file(store, did, digest) for digest in {one.digest for one in files}]
    return [row for row in found if row is not None]


async def find_file(store: Holdings, did: Did, digest: Digest) -> HeldMedia | None:
    """The row of this file of a union."""
    number = int(digest, 16)
    after = None if number == 0 else Digest(f"{number - 1:064x}")
    rows = await store.list_held_media(did, is_held=None, after=after, limit=1)
    return next((row for row in rows if row.digest == digest), None)


async def _ask(source: Source, stretch: Stretch, digest: str) -> AsyncIterator[tuple[int, list[bytes | None]]]:
    """Answers for a stretch: one by digest, or pages until it is covered."""
    if stretch.is_one:
        yield stretch.start, [await source.activity(digest)]
        return
    start = stretch.start
    while start < stretch.end:
        bodies = await source.activities(start, stretch.end - start)
        yield start, bodies
        start += len(bodies)
