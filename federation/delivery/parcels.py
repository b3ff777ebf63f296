"""What is sent: an activity's exact bytes with their digest, read and hashed once for all its inboxes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.httpsig.digest import digest_header
from storage.ids import ActivityId, Lease
from storage.records import Delivery
from storage.store import Activities

KEPT: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """The body of a request and the `Digest` header that goes with it."""

    body: bytes
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A claimed delivery with what it carries; ours until `until`, when the claim lapses."""

    delivery: Delivery
    parcel: Parcel
    lease: Lease
    until: datetime


class Parcels:
    """The parcels used last, at most `keep` of them."""

    def __init__(self, store: Activities, *, keep: int = KEPT) -> None:
        self._store = store
        self._keep = keep
        self._kept: OrderedDict[ActivityId, Parcel] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def find(self, activity: ActivityId) -> Parcel | None:
        """The activity's parcel, or None when the store does not have the activity."""
        parcel = self._kept.get(activity) or await self._read(activity)
        if parcel is not None:
            self._kept[activity] = parcel
            self._kept.move_to_end(activity)
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return parcel

    async def _read(self, activity: ActivityId) -> Parcel | None:
        found = await self._store.find_activity(activity)
        return Parcel(body=found.body, digest=digest_header(found.body)) if found else None
