"""Media of peers by digest: fetched after the words, within a quota, the oldest dropped first (protocol §4)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from federation.errors import NoAnswer, Unreachable
from federation.mirror.errors import PactEnded
from federation.mirror.files import Files, digest_of, media_of
from federation.mirror.heeding import heeding
from federation.mirror.quotas import DAY, Quotas, media_room
from federation.mirror.source import Source
from federation.mirror.telling import failing
from federation.strictjson import load_object
from storage.errors import StoreFull
from storage.ids import Did, Digest, LogName
from storage.records import HeldMedia
from storage.store import Holdings, KeptLogs, Media

log = logging.getLogger(__name__)

_PAGE: Final = 256
_AT_ONCE: Final = 64
"""Files asked for in one pull."""
AGAIN: Final = timedelta(hours=1)
"""When files that nobody had are asked for again."""
GRACE: Final = timedelta(days=7)


class MediaStore(KeptLogs, Holdings, Media, Protocol):
    """What is read and written."""


@dataclass(slots=True, kw_only=True)
class MediaPuller:
    """Fetches files, and drops what nothing names any more."""

    store: MediaStore
    blobs: Files
    is_mutual: Callable[[Did], Awaitable[bool]]
    now: Callable[[], datetime]
    free: Callable[[], int]
    quotas: Quotas = field(default_factory=Quotas)
    _dropped: dict[Did, list[tuple[datetime, int]]] = field(default_factory=dict)
    """When how many bytes were dropped to make room, within the last day."""
    _tried: dict[Did, tuple[datetime, frozenset[Digest]]] = field(default_factory=dict)

    async def pull(self, did: Did, sources: Sequence[Source]) -> int:
        """Fetch what is named and not held; how many files. What no source has is asked for again in an hour."""
        fetched, missed, tried = 0, set[Digest](), self._recently(did)
        answering = heeding(sources, partial(self._go_on, did))
        with suppress(PactEnded):
            async for row in self._rows(did, is_held=False):
                if fetched + len(missed) >= _AT_ONCE:
                    break
                await self._go_on(did)
                if not row.is_named or row.digest in tried or not await self._make_room(row):
                    continue
                if await self._fetch(row, answering):
                    fetched += 1
                else:
                    missed.add(row.digest)
        if missed:
            self._tried[did] = self.now() + AGAIN, tried | missed
        return fetched

    async def _go_on(self, did: Did) -> None:
        if not await self.is_mutual(did):
            raise PactEnded("The pact has ended.")

    def _recently(self, did: Did) -> frozenset[Digest]:
        until, digests = self._tried.get(did, (self.now(), frozenset[Digest]()))
        return digests if until > self.now() else frozenset()

    async def _fetch(self, row: HeldMedia, answering: list[Source]) -> bool:
        """Whoever does not answer is not asked for the next: each would be waited for a minute."""
        for source in list(answering):
            try:
                body = await source.media(row.digest, cap=row.size)
            except Unreachable as problem:
                log.info("a source of media fails", extra=failing(source.home, problem, union=row.did))
                if isinstance(problem, NoAnswer):
                    answering.remove(source)
                continue
            if body is not None and is_file(row, body):
                return await self._keep(row, body)
        return False

    async def has_room(self, row: HeldMedia) -> bool:
        """Whether this file may be brought, when older ones of the same union make room for it; drops none yet."""
        return await self._make_room(row, drop=False)

    async def keep_brought(self, row: HeldMedia, body: bytes) -> bool:
        """Keep a file that somebody brought, and that the row names; False when there is no room."""
        return await self._make_room(row) and await self._keep(row, body)

    async def _keep(self, row: HeldMedia, body: bytes) -> bool:
        try:
            await self.blobs.add_blob(body)
        except StoreFull:
            return False
        await self.store.save_held_media([replace(row, is_held=True)])
        return True

    async def _make_room(self, row: HeldMedia, *, drop: bool = True) -> bool:
        """Whether it fits, when older files of the same union make room for it."""
        held, _ = await self.store.measure_held_media(row.did)
        room = media_room(held, await self._by_all(), self.free(), self.quotas)
        if room >= row.size:
            return True
        older = [one async for one in self._rows(row.did, is_held=True) if one.changed_at < row.changed_at]
        going, may_go = list[HeldMedia](), self._may_drop(row.did)
        for one in sorted(older, key=lambda one: one.changed_at):
            may_go -= one.size
            if room >= row.size or may_go < 0:
                break
            going.append(one)
            room += one.size
        if room < row.size:
            return False
        for one in going if drop else ():
            await self._drop(one)
            self._dropped.setdefault(row.did, []).append((self.now(), one.size))
        return True

    def _may_drop(self, did: Did) -> int:
        """How many bytes of a union's older files may still make room today."""
        lately = [(at, size) for at, size in self._dropped.pop(did, []) if self.now() - at < DAY]
        if lately:
            self._dropped[did] = lately
        return self.quotas.media_dropped_a_day - sum(size for _, size in lately)

    async def _by_all(self) -> int:
        peers = {one.did for one in await self.store.list_logs() if one.state != "ours"}
        return sum([(await self.store.measure_held_media(did))[0] for did in peers])

    async def _drop(self, row: HeldMedia) -> None:
        """Its bytes go unless somebody else names them; the row stays and says that it is missing."""
        await self.store.save_held_media([replace(row, is_held=False)])
        if not await is_held(self.store, row.digest):
            await self.blobs.remove_blob(row.digest)

    async def name_anew(self, did: Did, name: LogName, withdrawn: Collection[int]) -> None:
        """After these places were taken back: which of their files nothing that stands names any more."""
        lost: set[Digest] = set()
        for place in withdrawn:
            for leaf in await self.store.list_leaves(name, place, 1):
                if leaf.body is not None:
                    lost |= {file.digest for file in media_of(load_object(leaf.body))}
        at = self.now()
        rows = [row for row in await self._unnamed(did, name, lost) if row.is_named]
        await self.store.save_held_media([replace(row, is_named=False, changed_at=at) for row in rows])

    async def drop_unnamed(self, did: Did, name: LogName, lost: set[Digest]) -> None:
        """Of these files drop those at once that nothing that stands names: their union took them back with its kit."""
        for row in await self._unnamed(did, name, lost):
            unnamed = replace(row, is_named=False, changed_at=self.now())
            if row.is_held:
                await self._drop(unnamed)
            else:
                await self.store.save_held_media([unnamed])

    async def _unnamed(self, did: Did, name: LogName, lost: set[Digest]) -> list[HeldMedia]:
        """The rows of those of these files that nothing that stands in this log names."""
        before: int | None = None
        while lost and (page := await self.store.list_standing(name, None, before=before, limit=_PAGE)):
            before = page[-1].place
            for leaf in page:
                lost -= {file.digest for file in media_of(load_object(leaf.body or b"{}"))}
        return [row async for row in self._rows(did, is_held=None) if row.digest in lost] if lost else []

    async def sweep(self, did: Did) -> int:
        """Drop the bytes of what nothing has named for a week; how many files."""
        before = self.now() - GRACE
        old = [row async for row in self._rows(did, is_held=True) if not row.is_named and row.changed_at < before]
        for row in old:
            await self._drop(row)
        return len(old)

    async def _rows(self, did: Did, *, is_held: bool | None) -> AsyncIterator[HeldMedia]:
        after: Digest | None = None
        while page := await self.store.list_held_media(did, is_held=is_held, after=after, limit=_PAGE):
            after = page[-1].digest
            for row in page:
                yield row


def is_file(row: HeldMedia, body: bytes) -> bool:
    """Whether these are the bytes that the row names."""
    return len(body) == row.size and digest_of(body) == row.digest


async def is_held(store: MediaStore, digest: Digest) -> bool:
    """Whether anybody's update, ours or a peer's, still needs these bytes."""
    if await store.find_media(digest) is not None:
        return True
    number = int(digest, 16)
    after = None if number == 0 else Digest(f"{number - 1:064x}")
    found = await store.list_held_media(None, is_held=True, after=after, limit=1)
    return any(row.digest == digest for row in found)
