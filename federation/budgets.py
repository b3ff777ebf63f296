"""How much we do for strangers: token buckets and short memories, on a given clock, all bounded; pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from heapq import nlargest
from math import ceil
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from federation.addresses import authority
from federation.errors import TooMany
from storage.ids import ActorId, Host

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_NO_WAIT: Final = timedelta(0)
_KEPT_ROWS: Final = 10_000


class Buckets(Generic[K]):
    """One bucket per key: `burst` tokens, a new one `every` so often; beyond `keep` the idlest goes."""

    def __init__(self, *, burst: int, every: timedelta, keep: int = _KEPT_ROWS) -> None:
        self._burst = burst
        self._slack = every * (burst - 1)
        self._every = every
        self._keep = keep
        self._full_at: OrderedDict[K, datetime] = OrderedDict()
        self._taken: dict[K, int] | None = None

    def take(self, key: K, now: datetime) -> timedelta:
        """Take a token: zero when there was one, otherwise how long to wait for it (nothing is taken)."""
        if wait := self.wait(key, now):
            return wait
        self._fill(key, max(self._full_at.get(key, now), now) + self._every)
        if self._taken is not None:
            self._count(self._taken, key)
        return _NO_WAIT

    def wait(self, key: K, now: datetime) -> timedelta:
        """How long to wait for a token; none is taken."""
        full_at = self._full_at.get(key, now)
        return max(full_at - now - self._slack, _NO_WAIT)

    def give_back(self, key: K, now: datetime) -> None:
        """A token that was taken and, as it turned out, should not have been."""
        full_at = self._full_at.get(key, now) - self._every
        if full_at > now:
            self._full_at[key] = full_at
        else:
            self._full_at.pop(key, None)

    def watch(self) -> None:
        """Count from now on, and anew, what each key takes; nothing is counted before."""
        self._taken = {}

    def drain(self, *, least: int, most: int) -> dict[K, int]:
        """What keys took since they were drained last: the `most` busiest of those that took `least` or more.

        The others are counted on.
        """
        taken = self._taken or {}
        busy = ((key, count) for key, count in taken.items() if count >= least)
        drained = dict(nlargest(most, busy, key=itemgetter(1)))
        for key in drained:
            del taken[key]
        return drained

    def charge(self, key: K, many: int, now: datetime) -> None:
        """Take tokens that the key was given elsewhere, also those it has yet to get.

        The next one is then had, at the latest, when an emptied bucket would be full.
        """
        full_at = max(self._full_at.get(key, now), now)
        deepest = now + self._slack + self._burst * self._every
        charged = min(full_at + min(many, 2 * self._burst) * self._every, deepest)
        self._fill(key, max(full_at, charged))

    def _fill(self, key: K, at: datetime) -> None:
        self._full_at[key] = at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keep:
            self._full_at.popitem(last=False)

    def _count(self, taken: dict[K, int], key: K) -> None:
        taken[key] = taken.get(key, 0) + 1
        if len(taken) > self._keep:
            del taken[next(iter(taken))]


class ShortMemory(Generic[K, V]):
    """Remembers a value per key for a while; beyond `keep` the oldest is forgotten first."""

    def __init__(self, *, lasting: timedelta, keep: int = _KEPT_ROWS) -> None:
        self._lasting = lasting
        self._keep = keep
        self._rows: OrderedDict[K, tuple[datetime, V]] = OrderedDict()

    def remember(self, key: K, value: V, now: datetime) -> None:
        """Keep the value from now on, instead of an earlier one."""
        self._rows.pop(key, None)
        self._rows[key] = (now + self._lasting, value)
        if len(self._rows) > self._keep:
            self._rows.popitem(last=False)

    def recall(self, key: K, now: datetime) -> V | None:
        """The value, unless its time is over."""
        until, value = self._rows.get(key, (now, None))
        return value if until > now else None

    def forget(self, key: K) -> None:
        """Know nothing of the key any more."""
        self._rows.pop(key, None)


class KeyFetchBudget:
    """How often keys are fetched from a host (refusals, SSRF-17).

    One in 10 s until the host has given a valid key, whoever asks, then 20 a second; from all unproven hosts together
    20 a second after a burst of 100, of which one asker may use one a second after a burst of 20.

    Nobody is kept out for long by those who ask for keys that made no signature: of a host that is not proven each of
    them has two tries in 5 minutes, and who asks from the host's own address has a turn of its own; of those that are,
    each has 10, and then one in 5 s. Who asks for a key and shows a signature of it has used up nothing.
    """

    def __init__(self) -> None:
        self._proven: ShortMemory[Host, bool] = ShortMemory(lasting=timedelta(days=1))
        self._per_proven: Buckets[Host] = Buckets(burst=20, every=timedelta(milliseconds=50))
        self._per_stranger: Buckets[Host] = Buckets(burst=1, every=timedelta(seconds=10))
        self._per_pair: Buckets[tuple[Host, int]] = Buckets(burst=2, every=timedelta(minutes=5))
        self._per_asker: Buckets[int] = Buckets(burst=20, every=timedelta(seconds=1))
        self._in_vain: Buckets[int] = Buckets(burst=10, every=timedelta(seconds=5))
        self._strangers: Buckets[str] = Buckets(burst=100, every=timedelta(milliseconds=50), keep=1)
        self._at_home: Buckets[Host] = Buckets(burst=1, every=timedelta(seconds=10))
        self._look_ups: Buckets[int] = Buckets(burst=5, every=timedelta(seconds=10))
        self._all_look_ups: Buckets[str] = Buckets(burst=20, every=timedelta(milliseconds=100), keep=1)

    def take(self, host: Host, now: datetime, *, asker: int | None = None) -> timedelta:
        """Zero when a fetch may be made now for this asker, otherwise how long to wait; nothing is taken then."""
        if self._proven.recall(host, now):
            return self._take_proven(host, now, asker)
        wait = self._per_stranger.wait(host, now) or self._strangers.wait("all", now)
        if asker is not None:
            wait = wait or self._per_asker.wait(asker, now) or self._per_pair.wait((host, asker), now)
        if wait:
            return wait
        if asker is not None:
            self._per_asker.take(asker, now)
            self._per_pair.take((host, asker), now)
        self._strangers.take("all", now)
        return self._per_stranger.take(host, now)

    def _take_proven(self, host: Host, now: datetime, asker: int | None) -> timedelta:
        wait = self._per_proven.wait(host, now)
        if wait or asker is None:
            return wait or self._per_proven.take(host, now)
        return self._in_vain.take(asker, now) or self._per_proven.take(host, now)

    def is_proven(self, host: Host, now: datetime) -> bool:
        """Whether the host has lately given a valid key."""
        return self._proven.recall(host, now) is not None

    def give_back(self, asker: int, now: datetime) -> None:
        """What this asker took of a proven host was not in vain."""
        self._in_vain.give_back(asker, now)

    def may_look_up(self, host: Host, asker: int, now: datetime) -> bool:
        """Whether it may be looked up if this asker, who was refused, asks from the host's own address."""
        if self._proven.recall(host, now) or self._at_home.wait(host, now):
            return False
        return not (self._look_ups.take(asker, now) or self._all_look_ups.take("all", now))

    def take_at_home(self, host: Host, now: datetime) -> timedelta:
        """The same for who was found to ask from the host's own address."""
        return self._at_home.take(host, now)

    @property
    def buckets(self) -> Mapping[str, Buckets[Any]]:
        """What processes share, by name; one key in ten seconds is too little to tell of."""
        return {"key host": self._per_proven, "key asker": self._per_asker, "key strangers": self._strangers}

    def prove(self, host: Host, now: datetime) -> None:
        """The host has given a valid key; for a day it is no stranger."""
        self._proven.remember(host, True, now)


class AddressBudget:
    """How much one address may ask of the inbox before anybody knows who it is: 200 a second after 2,000 (rule 7).

    Twice what is taken of one host once it has signed (`InboxBudget`), so that a large instance meets that limit
    first, and wide enough for the thousands of deletions that some servers send at once.
    """

    def __init__(self) -> None:
        self._addresses: Buckets[int] = Buckets(burst=2000, every=timedelta(milliseconds=5))

    @property
    def buckets(self) -> Mapping[str, Buckets[Any]]:
        """What processes share, by name."""
        return {"address": self._addresses}

    def spend(self, address: int, now: datetime) -> None:
        """Take one from the budget of an address, or of what it is counted under; `TooMany` when it is used up."""
        wait = self._addresses.take(address, now)
        if wait:
            raise TooMany("An address sends more than we take.", retry_after=ceil(wait.total_seconds()))


class InboxBudget:
    """How much proven signers may tell us (refusals, DOS-15): an actor 10 a second after 100, a host 100 after 1,000.

    It is charged after the signature, so that nobody can use up what is another's.
    """

    def __init__(self) -> None:
        self._actors: Buckets[ActorId] = Buckets(burst=100, every=timedelta(milliseconds=100))
        self._hosts: Buckets[Host] = Buckets(burst=1000, every=timedelta(milliseconds=10))

    @property
    def buckets(self) -> Mapping[str, Buckets[Any]]:
        """What processes share, by name."""
        return {"actor": self._actors, "host": self._hosts}

    def spend(self, actor: ActorId, now: datetime) -> None:
        """Take one from the actor's budget and its host's; `TooMany` when either is used up."""
        wait = self._actors.take(actor, now) or self._hosts.take(authority(actor), now)
        if wait:
            raise TooMany(f"{actor} sends more than we take.", retry_after=ceil(wait.total_seconds()))


class NamedHomes:
    """How often homes are asked only because a charter names them, which may be anybody's address.

    Each host twice and then once in 5 minutes, whoever names it; for one who names them 15 (what a charter may name
    besides itself) and then one a minute; all together 60, and then one in 10 s.
    """

    def __init__(self) -> None:
        self._hosts: Buckets[Host] = Buckets(burst=2, every=timedelta(minutes=5))
        self._namers: Buckets[Host] = Buckets(burst=15, every=timedelta(minutes=1))
        self._all: Buckets[str] = Buckets(burst=60, every=timedelta(seconds=10), keep=1)

    def spend(self, named: Iterable[Host], now: datetime, *, by: Host) -> None:
        """Take one from the budgets of each host that `by` names; `TooMany` when one of them is used up."""
        for host in named:
            wait = self._hosts.wait(host, now) or self._namers.take(by, now) or self._all.take("all", now)
            if wait := wait or self._hosts.take(host, now):
                raise TooMany(f"{by} names more homes than we ask.", retry_after=ceil(wait.total_seconds()))


class Absences:
    """How many notes that we never had may be deleted, each of which is remembered so that it is not taken later.

    Of one host 1,000, and then one in 5 minutes; of all together 10,000, and then one in 10 s. Beyond that a Delete of
    what we never had is forgotten at once: at worst its Create, should it come late, is taken.
    """

    def __init__(self) -> None:
        self._hosts: Buckets[Host] = Buckets(burst=1000, every=timedelta(minutes=5))
        self._all: Buckets[str] = Buckets(burst=10_000, every=timedelta(seconds=10), keep=1)

    def may_remember(self, actor: ActorId, now: datetime) -> bool:
        """Whether one more may be remembered that this actor deletes."""
        return not (self._hosts.take(authority(actor), now) or self._all.take("all", now))
