"""What we know of hosts in trouble: a bounded table in memory, the store's rows behind it.

A host without an entry is well, so that the many healthy ones cost nothing. Where several processes share the store,
a host that rests for one rests for all of them, one of them probes it, and what that one hears counts for all. How
many requests may be under way to a host, and how often its contacts wake it, each process counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.delivery.circuit import after_failure, is_resting, may_probe, next_rest
from federation.delivery.probing import ASK_AGAIN, Probing
from federation.writing import Writing
from storage.ids import Host, Lease
from storage.records import HostHealth
from storage.store import Deliveries, Hosts, Jobs

KEPT: Final = 10_000
REFRESH: Final = timedelta(minutes=1)
WAKE_PAUSE: Final = timedelta(minutes=5)
"""A host that contacts us but refuses deliveries is not woken by each of its contacts."""
LONGEST_ASKED_REST: Final = timedelta(hours=1)
"""What the Retry-After of one inbox may cost its whole host; the inbox itself waits as long as it asks."""


class HostStore(Hosts, Deliveries, Jobs, Protocol):
    """What resting and waking write."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may work on this store at once."""


class HostTable:
    """Health of hosts, with the effect of its changes on their deliveries."""

    def __init__(
        self, store: HostStore, *, now: Callable[[], datetime], leases: Callable[[], Lease], keep: int = KEPT
    ) -> None:
        self._store = store
        self._now = now
        self._keep = keep
        self._probing = Probing(store, now=now, leases=leases) if store.is_shared else None
        self.is_changed = False
        """Whether a rest began or ended here since somebody told the other processes, and made this False."""
        self._writing: Writing[Host] = Writing()
        self._troubled: OrderedDict[Host, HostHealth] = OrderedDict()
        self._not_woken_before: OrderedDict[Host, datetime] = OrderedDict()
        self._refreshed_at: datetime | None = None

    def __len__(self) -> int:
        """How many hosts are known to be in trouble."""
        return len(self._troubled)

    def limit(self, host: Host, per_host: int) -> int:
        """How many requests may be under way to the host: one while it is unproved after a rest."""
        health = self._troubled.get(host)
        return per_host if health is None or health.resting_until is None else min(1, per_host)

    def resting_until(self, host: Host) -> datetime | None:
        """When the host's rest ends, or None when it does not rest now; while others probe it, it rests for us."""
        health, now = self._troubled.get(host), self._now()
        if health is not None and is_resting(health, now):
            return health.resting_until
        if self._probing is None or not may_probe(health, now) or self._probing.is_ours(host):
            return None
        return now + ASK_AGAIN

    async def refresh(self) -> None:
        """Read what other processes, or we before a restart, found out; once a minute at most."""
        now = self._now()
        if self._refreshed_at is not None and now - self._refreshed_at < REFRESH:
            return
        self._refreshed_at = now
        for health in await self._store.list_hosts(limit=self._keep):
            if health.host not in self._troubled:
                self._believe(health)

    async def reload(self) -> bool:
        """Take the store's word on all hosts; False when something was found out here meanwhile, and nothing is taken.

        What others found out is news to us; what we found out is written there.
        """
        with self._writing.look() as look:
            rows = await self._store.list_hosts(limit=self._keep)
        if look.is_old:
            return False
        known, self._troubled = self._troubled, OrderedDict()
        for health in rows:
            if known.get(health.host) == health:
                self._remember(health)
            else:
                self._believe(health)
        return True

    async def recheck(self, host: Host) -> None:
        """Take the store's word on a host we think rests: another process may have heard from it.

        Where several deliver, one that has rested is probed by whoever asks here first.
        """
        if self.resting_until(host) is not None:
            await self._ask(host)
        if self._probing is not None and may_probe(self._troubled.get(host), self._now()):
            await self._probing.ask(host)

    async def failed(self, host: Host, *, not_before: datetime | None) -> bool:
        """Count a failure of the host; True when its rest begins with it. `not_before` is its Retry-After."""
        if not_before is not None:
            not_before = min(not_before, self._now() + LONGEST_ASKED_REST)
        if self._probing is not None:
            await self._ask(host)  # a rest that others began must not be written over
        known = self._troubled.get(host)
        health = after_failure(known, host, self._now(), not_before=not_before)
        if not_before is not None:
            self._let_sleep(host, not_before)
        if health is known:
            return False
        self._remember(health)
        async with self._writing.change(host):
            await self._store.save_host(health, keep=self._keep)
            if health.resting_until is None:
                return False
            self.is_changed = True
            await self._store.postpone_host(host, until=health.resting_until)
            await self._end_probe(host)
        return True

    async def answered(self, host: Host) -> bool:
        """The host works; True when it had rested, and what waits for it is due now."""
        health = self._troubled.pop(host, None)
        if health is None:
            return False
        if health.resting_until is None:
            async with self._writing.change(host):
                await self._store.remove_host(host)
            return False  # its other inboxes keep their own retries, or one success would start them all at once
        await self._end_rest(host)
        return True

    async def heard(self, host: Host) -> bool:
        """The host signed something to us; True when that woke it. Costs nothing while the host is well."""
        await self.refresh()
        now = self._now()
        if host not in self._troubled or now < self._not_woken_before.get(host, now):
            return False
        del self._troubled[host]
        self._let_sleep(host, now + WAKE_PAUSE)
        await self._end_rest(host)
        return True

    async def _end_rest(self, host: Host) -> None:
        async with self._writing.change(host):
            await self._store.remove_host(host)
            self.is_changed = True
            await self._store.hasten_host(host, now=self._now())
            await self._end_probe(host)

    async def _end_probe(self, host: Host) -> None:
        if self._probing is not None:
            await self._probing.end(host)

    async def _ask(self, host: Host) -> None:
        with self._writing.look(host) as look:
            health = await self._store.find_host(host)
        if look.is_old:
            return
        if health is None:
            self._troubled.pop(host, None)
        else:
            self._believe(health)

    def _believe(self, health: HostHealth) -> None:
        """Another process found this out; a rest longer than ours would be was asked for by the host."""
        self._remember(health)
        until = health.resting_until
        if until is not None and until > self._now() + next_rest(health.rests - 1):
            self._let_sleep(health.host, until)

    def _remember(self, health: HostHealth) -> None:
        self._troubled[health.host] = health
        self._troubled.move_to_end(health.host)
        if len(self._troubled) > self._keep:
            self._troubled.popitem(last=False)

    def _let_sleep(self, host: Host, until: datetime) -> None:
        """No contact wakes the host before then."""
        self._not_woken_before[host] = until
        self._not_woken_before.move_to_end(host)
        if len(self._not_woken_before) > self._keep:
            self._not_woken_before.popitem(last=False)
