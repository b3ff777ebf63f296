"""Bringing our record to a mirror that cannot fetch it: entries, activities, files, then our asking for its receipt.

Everything is asked of the mirror's own answers, so whatever is broken off goes on where it was; what is remembered here
only spares asking again.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from federation.errors import Unreachable
from federation.log.kept import find_tiles
from federation.mirror.errors import BadSource
from federation.mirror.files import Files, media_of
from federation.mirror.source import PushWire
from federation.mirror.telling import failing
from federation.strictjson import load_object
from federation.tlog.errors import BadUpload
from federation.tlog.packages import (
    INFO_TYPE,
    MOST_PACKAGES,
    UPLOAD_TYPE,
    MirrorInfo,
    Span,
    Upload,
    read_info,
    spans,
    write_package,
    write_upload,
)
from federation.tlog.tiles import needed_for_subtree
from federation.turns import Turns
from federation.wire import Answer
from storage.errors import NotFound
from storage.ids import Did, Digest
from storage.records import KeptLog, Leaf
from storage.store import KeptLogs

log = logging.getLogger(__name__)

_CAP: Final = 64 * 1024
"""Bytes of an answer: receipts are a few lines."""
_LARGEST_REQUEST: Final = 1024 * 1024
"""Bytes of entries in a request, uncompressed, beyond which no package is added."""
_STRETCH: Final = 512
"""Requests after which it is looked whether there is a newer head to tell of."""
_PAGE: Final = 16
"""Activities read at once."""
_SECONDS: Final = 30.0
_MEDIA_SECONDS: Final = 60.0
_THERE: Final = frozenset({200, 201, 204, 410})
"""It is held, or will not be: the mirror has it, or has seen that it was taken back."""
_TOO_EARLY: Final = 409
_HOW_FAR: Final = frozenset({202, 409})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came of it."""

    lines: str | None = None
    """The mirror's receipt for our head, not verified."""
    is_going_on: bool = False
    """Whether something was brought, and more is to come."""


@dataclass(slots=True)
class _Progress:
    """How far one mirror is."""

    log: str
    entries: int = 0
    bodies: int = 0
    files: int = 0
    """Places below which each of them are there."""


@dataclass(slots=True)
class _Stretch:
    """How many requests may still be made."""

    left: int

    def spend(self) -> bool:
        """Whether there was one left."""
        self.left -= 1
        return self.left >= 0


@dataclass(slots=True, kw_only=True)
class Pusher:
    """Brings our log to mirrors, in bounded requests and memory; one at a time to each."""

    store: KeptLogs
    wire: PushWire
    blobs: Files
    turns: Turns
    _progress: dict[Did, _Progress] = field(default_factory=dict)

    async def push(self, mirror: Did, home: str, ours: KeptLog, *, held: int) -> Pushed:
        """One stretch of it; the mirror is known to hold everything below `held`. Raises Unreachable."""
        async with self.turns.try_for(f"push:{mirror}") as turn:
            if turn is None:
                return Pushed()
            async with self.turns.keeping(turn):
                return await self._push(mirror, home, ours, held)

    async def _push(self, mirror: Did, home: str, ours: KeptLog, held: int) -> Pushed:
        progress = self._progress.get(mirror)
        if progress is None or progress.log != ours.name:
            progress = self._progress[mirror] = _Progress(ours.name)
        progress.bodies, progress.files = max(progress.bodies, held), max(progress.files, held)
        before, stretch = (progress.entries, progress.bodies), _Stretch(_STRETCH)
        answer = await self._bring(home, ours, progress, stretch)
        if answer.status == 200:
            return Pushed(lines=answer.body.decode("utf-8", errors="replace"))
        return Pushed(is_going_on=before < (progress.entries, progress.bodies))

    async def _bring(self, home: str, ours: KeptLog, progress: _Progress, stretch: _Stretch) -> Answer:
        """All that is missing, as far as the stretch goes; the last answer to add-entries."""
        size = ours.checkpoint_size
        answer = await self._bring_entries(home, ours, progress, stretch)
        if answer.status not in _HOW_FAR or stretch.left < 0:
            return answer
        if not await self._bring_bodies(home, ours, progress, stretch):
            return answer
        await self._bring_files(home, ours, progress, stretch)
        return await self._add(home, ours, size, size)

    async def _bring_entries(self, home: str, ours: KeptLog, progress: _Progress, stretch: _Stretch) -> Answer:
        """From where the mirror says, each time further than before; the last answer."""
        answer, least = await self._add(home, ours, ours.checkpoint_size, ours.checkpoint_size), 0
        while answer.status in _HOW_FAR:
            info = _read_info(answer)
            if info.size > ours.checkpoint_size or info.next < least:
                raise BadSource("A mirror to which entries of ours are brought does not keep them, or says other ones.")
            progress.bodies, progress.files = min(progress.bodies, info.next), min(progress.files, info.next)
            progress.entries = info.next
            if info.next >= info.size or not stretch.spend():
                break
            least = next(spans(info.next, info.size)).end
            answer = await self._add(home, ours, info.next, info.size, ticket=info.ticket)
        return answer

    async def _add(self, home: str, ours: KeptLog, start: int, end: int, *, ticket: bytes = b"") -> Answer:
        """One request with as many packages as fit."""
        body = bytearray(write_upload(Upload(origin=ours.name, start=start, end=end, ticket=ticket)))
        for count, span in enumerate(spans(start, end)):
            if count == MOST_PACKAGES or len(body) > _LARGEST_REQUEST:
                break
            body += await self._package(ours, span, end)
        headers = {"Content-Type": UPLOAD_TYPE, "Content-Encoding": "gzip"}
        packed = gzip.compress(body, 6, mtime=0)
        url = f"{home}/log/add-entries"
        return await self.wire.send_plain("POST", url, packed, headers=headers, cap=_CAP, seconds=_SECONDS)

    async def _package(self, ours: KeptLog, span: Span, size: int) -> bytes:
        leaves = await self.store.list_leaves(ours.name, span.start, span.end - span.start, with_bodies=False)
        tiles = await find_tiles(self.store, ours.name, needed_for_subtree(span.first, span.end, size))
        return write_package([leaf.entry for leaf in leaves], tiles.subtree(span.first, span.end, size))

    async def _bring_bodies(self, home: str, ours: KeptLog, progress: _Progress, stretch: _Stretch) -> bool:
        """Whether all are there now; in their order, because keys come before what they sign."""
        async for leaf in self._held(ours, progress.bodies):
            if not stretch.spend():
                return False
            url = f"{home}/log/{ours.name}/activity/{leaf.digest}"
            headers = {"Content-Type": "application/json"}
            answer = await self.wire.send_plain(
                "PUT", url, leaf.body or b"", headers=headers, cap=_CAP, seconds=_SECONDS
            )
            if answer.status not in _THERE:
                log.info("a mirror does not take an activity", extra={"place": leaf.place, "status": answer.status})
                if answer.status == _TOO_EARLY:
                    progress.bodies = 0  # it has lost what it had
                return False
            progress.bodies = leaf.place + 1
        progress.bodies = ours.checkpoint_size
        return True

    async def _bring_files(self, home: str, ours: KeptLog, progress: _Progress, stretch: _Stretch) -> None:
        """What is not taken now is brought with what comes next: a receipt says nothing of files."""
        async for leaf in self._held(ours, progress.files):
            for file in media_of(load_object(leaf.body or b"{}")):
                if not stretch.spend() or not await self._bring_file(home, ours, file.digest):
                    return
            progress.files = leaf.place + 1
        progress.files = ours.checkpoint_size

    async def _bring_file(self, home: str, ours: KeptLog, digest: Digest) -> bool:
        try:
            body = await self.blobs.read_blob(digest)
        except NotFound:
            return True
        headers = {"Content-Type": UPLOAD_TYPE, "Expect": "100-continue"}
        url = f"{home}/log/{ours.name}/media/{digest}"
        try:
            answer = await self.wire.send_plain("PUT", url, body, headers=headers, cap=_CAP, seconds=_MEDIA_SECONDS)
        except Unreachable as problem:
            log.info("a mirror does not take a file", extra=failing(home, problem))
            return False
        return answer.status in {*_THERE, 404}

    async def _held(self, ours: KeptLog, start: int) -> AsyncIterator[Leaf]:
        """What stands of our log from this place on, with bodies."""
        while start < ours.checkpoint_size:
            page = await self.store.list_leaves(ours.name, start, min(_PAGE, ours.checkpoint_size - start))
            if not page:
                return
            for leaf in page:
                if leaf.state == "held":
                    yield leaf
            start += len(page)


def _read_info(answer: Answer) -> MirrorInfo:
    if not answer.content_type.startswith(INFO_TYPE):
        raise BadSource("A mirror does not say how far it is with our log.")
    try:
        return read_info(answer.body)
    except BadUpload as problem:
        raise BadSource(str(problem)) from None
