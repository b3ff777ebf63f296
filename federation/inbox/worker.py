"""Gives every stored activity its effect, exactly once as far as anybody can see."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from federation.errors import FederationError, OutOfKeys, TooMany, Unreachable
from federation.inbox.dispatch import dispatch
from federation.inbox.reception import Reception
from federation.inbox.verified import from_stored
from federation.troubles import Trouble, woken
from storage.errors import LeaseLost, StorageError, StoreUnable
from storage.ids import Lease
from storage.records import ClaimedReceived
from storage.store import Inbox

log = logging.getLogger(__name__)

_LEASE: Final = timedelta(minutes=2)
_LATEST_START: Final = timedelta(seconds=60)
"""Nothing is begun so late in its lease: it fetches what it speaks of, and another worker must not be at it too."""
_BATCH: Final = 50
_IDLE: Final = timedelta(seconds=30)
_AFTER_A_FAULT: Final = timedelta(seconds=5)
_RETRIES: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)


class InboxWorker:
    """Claims what was received and dispatches it; `wake` it when something new is there."""

    def __init__(
        self,
        *,
        store: Inbox,
        reception: Reception,
        now: Callable[[], datetime],
        new_lease: Callable[[], Lease],
        beat: Callable[[], None] = lambda: None,
        may_claim: Callable[[], bool] = lambda: True,
    ) -> None:
        """`beat` hears that this worker works; while `may_claim` says no, nothing new is begun."""
        self._may_claim = may_claim
        self._trouble = Trouble(log, "effects")
        self._beat = beat
        self._store = store
        self._reception = reception
        self._now = now
        self._new_lease = new_lease
        self._awake = asyncio.Event()
        self._stopped = False
        self._unsettled: dict[Lease, datetime] = {}
        """Claims of which the store may hold something that nobody works on: it was away meanwhile."""

    def wake(self) -> None:
        """Something was received."""
        self._awake.set()

    def stop(self) -> None:
        """End `run` behind the activity in hand; what else was claimed is given back."""
        self._stopped = True
        self._awake.set()

    async def run_once(self) -> int:
        """Work off what is due now; how many activities were tried."""
        await self._return_unsettled()
        tried = 0
        while not self._stopped and self._may_claim():
            now, lease = self._now(), self._new_lease()
            self._unsettled[lease] = now + _LEASE
            claimed = await self._store.claim_received(now=now, until=now + _LEASE, lease=lease, limit=_BATCH)
            tried += await self._work_off_all(claimed, begin_before=now + _LEASE - _LATEST_START)
            del self._unsettled[lease]
            if not claimed:
                break
        return tried

    async def _return_unsettled(self) -> None:
        """What was lent to us and has no result is due at once, instead of when its lease lapses."""
        for lease, until in list(self._unsettled.items()):
            if self._now() < until:
                await self._store.return_received(lease, until=until, now=self._now())
            del self._unsettled[lease]

    async def run(self) -> None:
        """Work until `stop`; nothing else ends it.

        Cancelling would be no end: a claim under way is written all the same, and nobody would know its lease.
        """
        while not self._stopped:
            self._beat()
            wait = await self._trouble.outlive(self._run_and_look_ahead(), otherwise=_AFTER_A_FAULT)
            await woken(self._awake, wait)
            if not self._stopped:
                self._awake.clear()
        with contextlib.suppress(StorageError):  # it lapses, then
            await self._return_unsettled()

    async def _run_and_look_ahead(self) -> timedelta:
        await self.run_once()
        return await self._time_to_next()

    async def _time_to_next(self) -> timedelta:
        due = await self._store.next_received_due()
        return _IDLE if due is None else min(max(due - self._now(), timedelta(seconds=1)), _IDLE)

    async def _work_off_all(self, claimed: Sequence[ClaimedReceived], *, begin_before: datetime) -> int:
        """One after the other, until stopped or it gets late in their lease; how many were tried."""
        for tried, item in enumerate(claimed):
            if self._stopped or (tried and self._now() >= begin_before):
                await self._give_back(claimed[tried:])
                return tried
            self._beat()
            await self._work_off(item)
        return len(claimed)

    async def _give_back(self, left: Sequence[ClaimedReceived]) -> None:
        """Of these there was no attempt."""
        for item in left:
            with contextlib.suppress(LeaseLost):
                await self._store.finish_received(
                    item.received.id, item.lease, error="It was given back.", retry_at=self._now(), counts=False
                )

    async def _work_off(self, item: ClaimedReceived) -> None:
        try:
            error, retry_at = await self._attempt(item)
            counts = True
        except StoreUnable as problem:  # what was acknowledged is never given up for it
            error, retry_at, counts = str(problem), self._now() + _RETRIES[0], False
        try:
            await self._store.finish_received(
                item.received.id, item.lease, error=error, retry_at=retry_at, counts=counts
            )
        except LeaseLost:
            log.info("another worker finished it", extra={"type": item.received.type})

    async def _attempt(self, item: ClaimedReceived) -> tuple[str | None, datetime | None]:
        """What `finish_received` is to be told; `StoreUnable` is no attempt."""
        try:
            await dispatch(from_stored(item.received), self._reception)
        except StoreUnable:
            self._reception.changed()
            raise
        except (Unreachable, TooMany, OutOfKeys) as problem:
            return str(problem), self._retry_at(item.attempts)
        except FederationError as refusal:
            log.info("refused", extra={"type": item.received.type, "why": type(refusal).__name__})
            return str(refusal), None
        except StorageError as problem:
            self._reception.changed()  # a part of it may stand, and its repetition finds nothing new
            return str(problem), self._retry_at(item.attempts)
        except Exception:
            self._reception.changed()
            log.exception("an effect failed", extra={"type": item.received.type})
            return "An error of ours; see the log.", self._retry_at(item.attempts)
        return None, None

    def _retry_at(self, attempts: int) -> datetime | None:
        return self._now() + _RETRIES[attempts] if attempts < len(_RETRIES) else None
