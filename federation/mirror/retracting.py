"""What unions take back with their kits: carried out at once wherever it is held, kept, and passed on (protocol §4).

A retraction reaches us by a POST of anybody, or by asking for those that a home or another mirror knows. It is kept
for good, so that what it names is not brought back by a source that still has it, nor by an older copy of the store.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

from federation.budgets import Buckets
from federation.errors import BadSignature, FederationError, NotJson, TooMany, Unreachable
from federation.identity.retraction import Taken, read_retraction, union_of
from federation.mirror.discretion import PARAMETER
from federation.mirror.entries import about_actor
from federation.mirror.files import media_of
from federation.mirror.media import MediaPuller
from federation.mirror.source import PlainWire
from federation.mirror.telling import failing
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.wire import MEBIBYTE
from storage.ids import Did, Digest, LogName, ObjectId
from storage.records import KeptLog, Leaf, Retraction
from storage.store import KeptLogs, Retractions

log = logging.getLogger(__name__)

MOST_SHOWN: Final = 1000
"""The newest retractions of a union, as many as others are told."""
_MOST_WAITING: Final = 1000
_AT_ONCE: Final = 512
"""Leaves that are erased in one step."""
_LIVING: Final = ("wanted", "held", "hidden")


class RetractingStore(KeptLogs, Retractions, Protocol):
    """What is read and written."""


async def erase_retracted(store: RetractingStore, did: Did, name: LogName, *, at: datetime) -> int:
    """Erase what new leaves of this log hold, or would fetch, of what the union took back; how many activities."""
    retracted = {one.object for one in await store.list_retractions(did)}
    if not retracted:
        return 0
    leaves = await _list_living(store, name, retracted)
    places = [leaf.place for leaf in leaves]
    pieces = [places[first : first + _AT_ONCE] for first in range(0, len(places), _AT_ONCE)]
    return sum([await store.erase_leaves(name, piece, at=at) for piece in pieces])


async def erase_everywhere(store: RetractingStore, *, at: datetime) -> None:
    """The same of every log, ours too, before a node that fell, or whose store is an older one, serves anything."""
    for one in await store.list_logs():
        await erase_retracted(store, one.did, one.name, at=at)


async def _list_living(store: KeptLogs, name: LogName, objects: Collection[ObjectId]) -> list[Leaf]:
    """What there is to be erased: neither a Delete, which holds no words, nor an actor's document."""
    leaves = await store.list_object_leaves(name, objects, states=_LIVING)
    return [leaf for leaf in leaves if leaf.type != "Delete" and not about_actor(leaf)]


async def send_retraction(wire: PlainWire, homes: Mapping[str, str | None], raw: bytes) -> dict[str, bool]:
    """Give it to these nodes at once, to each with the word of our pact if it has one; which of them carried it out."""
    done = await asyncio.gather(*(_send(wire, home, word, raw) for home, word in homes.items()))
    return dict(zip(homes, done, strict=True))


async def _send(wire: PlainWire, home: str, word: str | None, raw: bytes) -> bool:
    url = f"{home}/log/retract" + (f"?{PARAMETER}={word}" if word else "")
    try:
        answer = await wire.post_plain(url, raw, media_type="application/json", cap=1024)
    except FederationError as problem:
        log.info("a mirror was not told of a retraction", extra=failing(home, problem))
        return False
    return answer.status == 200


async def fetch_retractions(wire: PlainWire, home: str, did: Did) -> list[JsonObject]:
    """What this node knows that a union took back, not looked at yet; raises `Unreachable`."""
    answer = await wire.get_plain(f"{home}/log/{did}/retractions", cap=2 * MEBIBYTE)
    if answer.status != 200:
        return []
    try:
        found = load_object(answer.body).get("retractions")
    except NotJson:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


@dataclass(slots=True, kw_only=True)
class Retractor:
    """Takes retractions of unions whose logs are held; one for the whole node."""

    store: RetractingStore
    wire: PlainWire
    media: MediaPuller
    now: Callable[[], datetime]
    is_open_to: Callable[[Did, str | None], Awaitable[bool]]
    """Whether anybody may learn that this union's log is held."""
    changed: Callable[[], None] = lambda: None
    """Called when something is gone from readers' view."""
    _waiting: deque[tuple[Did, bytes]] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    """What is to be passed on; who misses it because this process ends asks by itself."""
    _of_asker: Buckets[tuple[Did, int | None]] = field(
        default_factory=lambda: Buckets(burst=60, every=timedelta(milliseconds=200))
    )

    async def receive(self, raw: bytes, *, asker: int | None = None, word: str | None = None) -> int:
        """Take one from anybody; the status of the answer. Raises Unintelligible for none, and TooMany.

        Retractions are public and may be sent by everybody again: of an unlisted pact only who says its `word` hears
        that it was carried out.
        """
        document = load_object(raw)
        did = union_of(document)
        wait = self._of_asker.take((did, asker), self.now())
        if wait:
            raise TooMany(
                "More retractions of one union come than it can have.", retry_after=ceil(wait.total_seconds())
            )
        if not await self._logs(did):
            return 404
        try:
            taken = read_retraction(document)
        except BadSignature:
            return 403 if await self.is_open_to(did, word) else 404
        is_done = await self._take(taken, document)
        return 200 if is_done and await self.is_open_to(did, word) else 404

    async def ask(self, home: str, did: Did) -> bool:
        """Take those that a home or a mirror knows and we do not; whether it answered."""
        try:
            found = await fetch_retractions(self.wire, home, did)
        except Unreachable as problem:
            log.info("a source of retractions fails", extra=failing(home, problem, union=did))
            return False
        known = {str(one.object) for one in await self.store.list_retractions(did)}
        for document in found[:MOST_SHOWN]:
            object = document.get("object")
            if document.get("union") == did and isinstance(object, str) and object not in known:
                await self._take_told(document)
                await asyncio.sleep(0)  # a thousand proofs may have to be checked: others have their turn
        return True

    async def pass_on(self, homes: Callable[[Did], Sequence[str]]) -> int:
        """Tell other mirrors what is new; `homes` of those that may hold a union. How many were told."""
        told = 0
        while self._waiting:
            did, raw = self._waiting.popleft()
            told += len(await send_retraction(self.wire, dict.fromkeys(homes(did)), raw))
        return told

    async def _take_told(self, document: JsonObject) -> None:
        try:
            await self._take(read_retraction(document), document)
        except FederationError as refusal:
            log.warning("a retraction is not believed", extra={"why": str(refusal)})

    async def _take(self, taken: Taken, document: JsonObject) -> bool:
        """Whether something of the union's log has this id; a replay changes nothing."""
        logs = await self._logs(taken.union)
        about = [leaf for one in logs for leaf in await self.store.list_object_leaves(one.name, [taken.object])]
        if not about or any(about_actor(leaf) for leaf in about):
            return False
        raw = canonical(document)
        kept = Retraction(did=taken.union, object=taken.object, body=raw, kept_at=self.now())
        is_new = await self.store.add_retraction(kept)
        await self._erase(taken, logs)
        if is_new:
            self._waiting.append((taken.union, raw))
            self.changed()
        return True

    async def _erase(self, taken: Taken, logs: Sequence[KeptLog]) -> None:
        """From every epoch, and the files that nothing visible names any more."""
        files: set[Digest] = set()
        for one in logs:
            living = await _list_living(self.store, one.name, [taken.object])
            for leaf in living:
                whole = await self.store.list_leaves(one.name, leaf.place, 1)
                files |= {file.digest for found in whole if found.body for file in media_of(load_object(found.body))}
            if living:
                await self.store.erase_leaves(one.name, [leaf.place for leaf in living], at=self.now())
        if files:
            await self.media.drop_unnamed(taken.union, logs[0].name, files)

    async def _logs(self, did: Did) -> list[KeptLog]:
        return [one for one in await self.store.list_logs(did) if one.state != "ours"]


def retraction_rows(kept: Sequence[Retraction]) -> list[JsonValue]:
    """Those that others are told: the newest."""
    return [load_object(one.body) for one in kept[:MOST_SHOWN]]
