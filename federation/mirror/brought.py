"""Activities and files of a peer's log that somebody brings (`PUT`, protocol §4): taken only when they are named here.

Whether one is, is known before a byte of it is read: an entry that was proved names the activity, an activity that is
held names the file and its size.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

from federation.budgets import Buckets
from federation.errors import TooMany
from federation.mirror.bodies import read_body
from federation.mirror.errors import BadSource, BrokenLog, PactEnded, QuotaReached
from federation.mirror.filling import Filler, find_file
from federation.mirror.heads import stop
from federation.mirror.media import MediaPuller, is_file
from federation.mirror.receive import ReceivingStore, Reply, find_following
from federation.mirror.unions import KnownUnion
from federation.mirror.withdrawals import takings_of
from storage.ids import Did, Digest, LogName, ObjectId
from storage.records import HeldMedia, KeptLog, Leaf
from storage.store import Media

TAKEN: Final = 204
NOT_NAMED: Final = 404
TOO_EARLY: Final = 409
TAKEN_BACK: Final = 410
NOT_THOSE: Final = 422
NO_ROOM: Final = 507
_WRONG: Final = 50
"""What other bytes than those that are named cost whoever sends them, in bodies."""


class BringingStore(ReceivingStore, Media, Protocol):
    """What is read and written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedActivity:
    """An activity that an entry of this log names, and that is not here."""

    kept: KeptLog
    union: KnownUnion
    leaf: Leaf


@dataclass(slots=True, kw_only=True)
class BodyReceiver:
    """Takes bodies; one for the whole node."""

    store: BringingStore
    own_url: str
    media: MediaPuller
    is_mutual: Callable[[Did], Awaitable[bool]]
    may_take: Callable[[Did], Awaitable[bool]]
    check_room: Callable[[LogName], Awaitable[None]]
    """Raises PactEnded and QuotaReached."""
    now: Callable[[], datetime]
    _of_asker: Buckets[int | None] = field(
        default_factory=lambda: Buckets(burst=1000, every=timedelta(milliseconds=10))
    )

    async def find_activity(self, kept: KeptLog, digest: str, *, asker: int | None) -> WantedActivity | Reply:
        """What may be brought now, or the answer for what may not; raises TooMany."""
        found = await self._find(kept, asker)
        if found is None:
            return Reply(NOT_NAMED)
        kept, union = found
        leaf = await self._find_wanted(kept, digest)
        if isinstance(leaf, Reply):
            return leaf
        try:
            await self.check_room(kept.name)
        except QuotaReached:
            return Reply(NO_ROOM)
        except PactEnded:
            return Reply(NOT_NAMED)
        return WantedActivity(kept=kept, union=union, leaf=leaf)

    async def _find_wanted(self, kept: KeptLog, digest: str) -> Leaf | Reply:
        leaf = await self.store.find_leaf(kept.name, digest)
        if leaf is None or leaf.state == "held":
            return Reply(NOT_NAMED if leaf is None else TAKEN)
        if leaf.state != "wanted" or await takings_of(self.store, kept.name, kept.size).find_taken_back([leaf]):
            return Reply(TAKEN_BACK)
        return leaf

    async def take_activity(self, wanted: WantedActivity, body: bytes, *, asker: int | None) -> Reply:
        """Keep it when it is what its entry names, proved as what is fetched is; a log that names it wrongly stops."""
        leaf, name = wanted.leaf, wanted.kept.name
        filler = Filler(store=self.store, did=wanted.kept.did, name=name, origins=wanted.union.origins, at=self.now())
        if not isinstance(await self._find_wanted(wanted.kept, leaf.digest), Leaf):
            return Reply(TAKEN_BACK)
        try:
            if await self._is_early(name, leaf, read_body(leaf, body).get("actor")):
                return Reply(TOO_EARLY)
            await filler.keep_brought(leaf, body)
        except BadSource:
            return self._refuse(asker)
        except BrokenLog as broken:
            await stop(self.store, wanted.kept, broken, at=self.now())
            return Reply(NOT_THOSE)
        return Reply(TAKEN)

    async def find_file(self, kept: KeptLog, digest: Digest, size: int, *, asker: int | None) -> HeldMedia | Reply:
        """The row of a file of this size that may be brought now, or the answer; raises TooMany."""
        if await self._find(kept, asker) is None:
            return Reply(NOT_NAMED)
        row = await find_file(self.store, kept.did, digest)
        if row is None or row.size != size:
            return Reply(NOT_NAMED)
        if row.is_held:
            return Reply(TAKEN)
        if not row.is_named:
            return Reply(TAKEN_BACK)
        return row if await self.media.has_room(row) else Reply(NO_ROOM)

    async def take_file(self, row: HeldMedia, body: bytes, *, asker: int | None) -> Reply:
        """Keep it when it is what the row names, and still does."""
        if not is_file(row, body):
            return self._refuse(asker)
        if await find_file(self.store, row.did, row.digest) != row or not await self.is_mutual(row.did):
            return Reply(TAKEN_BACK)
        return Reply(TAKEN if await self.media.keep_brought(row, body) else NO_ROOM)

    async def _find(self, kept: KeptLog, asker: int | None) -> tuple[KeptLog, KnownUnion] | None:
        if not await self.is_mutual(kept.did):
            return None
        wait = self._of_asker.take(asker, self.now())
        if wait:
            raise TooMany("More is brought than can be looked at.", retry_after=ceil(wait.total_seconds()))
        return await find_following(self.store, kept.name, may_take=self.may_take, own_url=self.own_url)

    def _refuse(self, asker: int | None) -> Reply:
        """Bytes that had to be read and hashed in vain."""
        self._of_asker.charge(asker, _WRONG, self.now())
        return Reply(NOT_THOSE)

    async def _is_early(self, name: LogName, leaf: Leaf, actor: object) -> bool:
        """Whether a document of its actor is still missing before it: then nobody could say whose key is right."""
        if not isinstance(actor, str):
            return False
        before = {ObjectId(actor): leaf.place}
        return bool(await self.store.list_takeable(name, before, "Update", states={"wanted"}, limit=1))
