"""The delivery worker: claims what is due, carries it, writes what came of it.

Claiming, carrying and writing overlap. A claim reads ahead of the free places; each host has a lane of its own,
so that one that hangs or rests holds up nobody; results are written by the hundred. What a crash leaves claimed is
claimed again when its lease has lapsed, and sent again under the same activity id, which receivers know.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.delivery.acks import Acks
from federation.delivery.attempt import Keys, Poster, deliver
from federation.delivery.circuit import is_host_failure, is_sign_of_life
from federation.delivery.hosts import KEPT as HOSTS_KEPT
from federation.delivery.hosts import HostStore, HostTable
from federation.delivery.lanes import Lanes
from federation.delivery.parcels import Errand, Parcel, Parcels
from federation.delivery.retry import Answer, Silent, earliest_return
from federation.delivery.slots import ROOM, Room, Slots
from federation.delivery.verdicts import Took, Verdicts
from federation.errors import OutOfKeys
from federation.schemes import SchemeTable
from federation.troubles import Trouble
from storage.errors import StorageError
from storage.ids import Host, Lease
from storage.records import Delivery
from storage.store import Activities

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
LATEST_START: Final = timedelta(seconds=50)
"""Nothing is sent so late in its lease: four answers, 10 s each at most, must be written before it lapses."""
CLAIM: Final = 100
READ_AHEAD: Final = 4
"""How many times `per_host` we hold of a host; an errand held costs little, a claim costs a commit."""
MOST_UNWRITTEN: Final = 1000
PER_TURN: Final = 4
"""Requests begun in one turn of the event loop: signing is inline, and an answer to a reader takes several turns.

With sixteen a reader waited ten times as long while a post went out; with two, deliveries cost 3 % more.
"""
POLL: Final = timedelta(seconds=1)
NOT_HERE: Final = timedelta(minutes=1)
"""How long what could not be signed here waits."""
GRACE: Final = timedelta(seconds=3)
_OWN_HOST: Final = "The inbox is on our own host, and a node sends nothing to itself."
_NO_BODY: Final = "The activity is no longer here, so there is nothing to send."


class DeliveryStore(Activities, HostStore, Protocol):
    """What delivering reads and writes."""


class DeliveryWorker:
    """Brings what is due to its inboxes; one per process, or several on one store."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        wire: Poster,
        schemes: SchemeTable,
        keys: Keys,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        leases: Callable[[], Lease],
        own_hosts: Collection[Host],
        per_host: int = 4,
        room: Room = ROOM,
        keep_hosts: int = HOSTS_KEPT,
        took: Took = lambda _outcome, _lasted: None,
        beat: Callable[[], None] = lambda: None,
        may_claim: Callable[[], bool] = lambda: True,
        trouble: Trouble | None = None,
    ) -> None:
        """As many requests as there is `room` for, at most `per_host` to one host.

        `jitter` gives numbers in [0, 1), `leases` a new token each time; `took` hears of each attempt, and `beat` is
        called at every turn, so that somebody can see when there are no more. While `may_claim` says no, nothing is
        claimed.
        """
        self._may_claim = may_claim
        self._trouble = trouble or Trouble(log, "deliveries")
        self._beat = beat
        self._store, self._wire, self._schemes, self._keys = store, wire, schemes, keys
        self._now, self._leases = now, leases
        self._own_hosts = frozenset(own_hosts)
        self._at_once, self._per_host = room.at_once, per_host
        self._news = asyncio.Event()
        self.hosts: Final = HostTable(store, now=now, leases=leases, keep=keep_hosts)
        self._parcels = Parcels(store)
        self._lanes = Lanes(lambda host: self.hosts.limit(host, per_host))
        self._acks = Acks(store, resting_until=self.hosts.resting_until, ripened=self._news.set)
        self._verdicts = Verdicts(self._acks, now=now, jitter=jitter, took=took)
        self._slots = Slots(carry=self._carry, ended=self._ended, freed=self._start, room=room)
        self._may_be_more = True
        self._capped: set[Host] = set()
        """Hosts of which the last claim left something behind, for all it knows."""
        self._unanswered: dict[Lease, datetime] = {}
        """Claims whose answer was lost, and when their leases lapse: the store may have lent, and nobody knows what."""
        self._attempted = 0
        self._begun = 0
        """Requests begun since the loop came round last."""

    def wake(self) -> None:
        """Something may be due now."""
        self._may_be_more = True
        self._news.set()

    async def host_was_heard(self, host: Host) -> None:
        """The host signed something to us, so it lives: what waits for it is due now. May raise `StorageError`."""
        if await self.hosts.heard(host):
            log.debug("host heard", extra={"host": host})
            self.wake()

    async def run_once(self) -> int:
        """Deliver until nothing more is due, and write every result; how many attempts were made."""
        before = self._attempted
        self._may_be_more = True
        try:
            while True:
                self._news.clear()
                await self._turn()
                if self._is_idle():
                    return self._attempted - before
                await self._news.wait()
        finally:
            await self._let_go()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; what is under way then gets 3 s, the rest is given back."""
        stopping = asyncio.create_task(self._stop_on(stop))
        try:
            while not stop.is_set():
                self._news.clear()
                await self._turn_or_wait()
            await self._wind_up(GRACE)
        finally:
            stopping.cancel()
            await self._let_go()

    async def _turn_or_wait(self) -> None:
        """One turn, then a wait for news; what goes wrong is logged and tried again, never raised."""
        self._beat()
        try:
            await self._turn()
            pause = await self._pause()
            self._trouble.is_over()
        except Exception as error:  # noqa: BLE001 — a store that is full or away must not end deliveries for good
            self._trouble.halts(error)
            pause = POLL
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._news.wait()
        except TimeoutError:
            self._may_be_more = True

    async def _pause(self) -> timedelta:
        """How long to wait when nothing happens: until the next delivery is due, `POLL` at most."""
        if len(self._slots) or self._news.is_set():
            return POLL
        due_at = await self._store.next_delivery_due(busy=())
        if due_at is None or due_at <= self._now():
            return POLL  # one that is due and was not claimed waits for an earlier one of its object
        return min(due_at - self._now(), POLL)

    async def _turn(self) -> None:
        """Write what is ripe, claim when there is room, start what may go."""
        if self._acks.ripe or (len(self._acks) and not len(self._slots)):
            await self._acks.write()
            self._may_be_more = True
        if self._may_be_more and self._lanes.ready() < self._at_once and len(self._acks) < MOST_UNWRITTEN:
            await self._claim()
        self._start()
        if not len(self._slots) and not self._is_idle():
            self._news.set()

    def _is_idle(self) -> bool:
        return not (len(self._slots) or len(self._acks) or len(self._lanes) or self._may_be_more)

    async def _claim(self) -> None:
        if not self._may_claim():
            self._may_be_more = False
            return
        await self.hosts.refresh()
        self._may_be_more = False  # before the store is asked: a wake meanwhile must count
        self._capped = self._lanes.full_hosts(READ_AHEAD)
        most_of_a_host = self._per_host * READ_AHEAD
        await self._return_unanswered()
        now, lease = self._now(), self._leases()
        self._unanswered[lease] = now + LEASE
        claimed = await self._store.claim_deliveries(
            now=now,
            until=now + LEASE,
            lease=lease,
            limit=CLAIM,
            per_host=most_of_a_host,
            busy=frozenset(self._capped),
        )
        if len(claimed) == CLAIM:
            self._may_be_more = True
        counts = Counter(delivery.host for delivery in claimed)
        self._capped |= {host for host, count in counts.items() if count == most_of_a_host}
        for host in counts:
            await self.hosts.recheck(host)
        parcels = [await self._parcels.find(delivery.activity) for delivery in claimed]
        del self._unanswered[lease]  # from here on each has an errand or a verdict, and the store is not asked
        for delivery, parcel in zip(claimed, parcels, strict=True):
            self._admit(delivery, parcel, lease, now + LEASE)

    async def _return_unanswered(self) -> None:
        """What was lent to us unheard is due at once, instead of when its lease lapses."""
        for lease, until in list(self._unanswered.items()):
            if self._now() < until:
                await self._store.return_deliveries(lease, until=until, now=self._now())
            del self._unanswered[lease]

    def _admit(self, delivery: Delivery, parcel: Parcel | None, lease: Lease, until: datetime) -> None:
        """Put what has something to send into its lane; the rest is settled."""
        if delivery.host in self._own_hosts:
            self._verdicts.refuse(delivery, lease, _OWN_HOST)
        elif parcel is None:
            self._verdicts.refuse(delivery, lease, _NO_BODY)
        else:
            self._lanes.add(Errand(delivery=delivery, parcel=parcel, lease=lease, until=until))

    def _start(self) -> None:
        """Begin as many requests as there are places, some now and the rest when the loop has come round."""
        while self._slots.has_room and self._begun < PER_TURN and (errand := self._lanes.take()) is not None:
            host = errand.delivery.host
            if self._now() + LATEST_START > errand.until or self.hosts.resting_until(host) is not None:
                self._verdicts.give_back(errand)
                self._lanes.end(host)
            else:
                self._attempted += 1
                self._slots.begin(errand)
                self._begun += 1
                if self._begun == 1:
                    asyncio.get_running_loop().call_soon(self._start_more)

    def _start_more(self) -> None:
        self._begun = 0
        self._start()

    def _ended(self, errand: Errand) -> None:
        host = errand.delivery.host
        self._lanes.end(host)
        if host in self._capped and not self._lanes.has_waiting(host):
            self._may_be_more = True
        self._start()
        self._news.set()

    async def _carry(self, errand: Errand) -> None:
        """One attempt with all that follows from it; raises nothing.

        Without our own keys, or while the store is away, it is no attempt: another machine may do better.
        """
        delivery, began = errand.delivery, self._now()
        try:
            keys = await self._keys(delivery)
            answer = await deliver(
                delivery, errand.parcel, wire=self._wire, schemes=self._schemes, keys=keys, now=began
            )
        except (OutOfKeys, StorageError):
            self._verdicts.give_back(errand, after=NOT_HERE)
            return
        except Exception as error:  # noqa: BLE001 — one bad delivery must not stop the others
            stumble = Silent(reason=f"Our own node stumbled over it ({type(error).__name__}).")
            self._verdicts.settle(delivery, errand.lease, stumble, began=began)
            return
        self._verdicts.settle(delivery, errand.lease, answer, began=began)
        try:
            await self._note_health(delivery.host, answer)
        except Exception as error:  # noqa: BLE001 — the delivery is settled; its host is judged again next time
            self._trouble.halts(error)

    async def _note_health(self, host: Host, answer: Answer) -> None:
        """Let the host rest when it fails too often; a host that answers is well."""
        if is_sign_of_life(answer) and await self.hosts.answered(host):
            log.debug("host is back", extra={"host": host})
            self.wake()
        if not is_host_failure(answer):
            return
        if await self.hosts.failed(host, not_before=earliest_return(answer, self._now())):
            log.info("host rests", extra={"host": host})
            for errand in self._lanes.clear(host):
                self._verdicts.give_back(errand)

    async def _wind_up(self, grace: timedelta) -> None:
        """Finish what is under way within `grace`, give the rest back, write it all."""
        for errand in self._lanes.clear_all():
            self._verdicts.give_back(errand)
        for errand in await self._slots.drain(grace):
            self._verdicts.give_back(errand)
        try:
            await self._acks.write()
        except StorageError as error:
            log.warning("deliveries not acknowledged", extra={"outcome": type(error).__name__})

    async def _let_go(self) -> None:
        """Leave no task behind; what was lent and has no result is claimed again when its lease lapses."""
        self._lanes.clear_all()
        await self._slots.break_off()
        self._acks.close()

    async def _stop_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._news.set()
