"""Budgets that the processes of a node share: told once a second, so that a request never waits for the store.

Each process adds what was taken of it to totals in the store and charges its own buckets with what others took
meanwhile. A key that was not looked at a moment ago is charged nothing at first: nobody knows when its total was spent.

Totals are kept under names that mean nothing without a secret of the home, and that are others each minute: the
database must not become a list of who reads and who writes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from federation.budgets import Buckets
from storage.errors import StorageError
from storage.store import Spending

LEAST: Final = 3
"""A key that took fewer is not told of yet."""
MOST: Final = 100
"""Keys of each budget that are told of at once; the busiest."""
_KEPT: Final = timedelta(seconds=90)
"""From the beginning of its minute; clocks of processes are 10 s apart at most."""
_FRESH: Final = timedelta(seconds=5)
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    budget: str
    key: Hashable
    many: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A total, and when it stood so."""

    total: int
    minute: datetime
    at: datetime


class SharedSpending:
    """What this process and the others took from the buckets of the same names."""

    def __init__(
        self, buckets: Mapping[str, Buckets[Any]], *, store: Spending, secret: bytes, now: Callable[[], datetime]
    ) -> None:
        """`secret`, up to 64 bytes, is the same in all processes and not in the store."""
        self._buckets, self._store, self._secret, self._now = buckets, store, secret, now
        self._minute: datetime | None = None
        self._seen: dict[tuple[str, Hashable], _Seen] = {}
        self._watch()

    async def share(self) -> None:
        """Tell what was taken here since the last time, and charge what others took.

        Raises `StorageError`; what was to be told is then told to nobody.
        """
        now = self._now()
        minute = now.replace(second=0, microsecond=0)
        taken = {self._name(one, minute): one for one in self._drain()}
        if minute != self._minute:
            self._watch()  # what was too little to tell is forgotten
        if taken:
            self._charge(await self._add(taken, minute, now), minute, now)
        if minute != self._minute:
            while await self._store.remove_spending(before=now, limit=_BATCH) == _BATCH:
                pass
            self._minute = minute

    async def _add(self, taken: Mapping[str, _Taken], minute: datetime, now: datetime) -> dict[_Taken, int]:
        spent = {name: one.many for name, one in taken.items()}
        try:
            totals = await self._store.add_spending(spent, now=now, keep_until=minute + _KEPT)
        except StorageError:
            self._seen.clear()  # it may have been added, and what is our own must not be charged again
            raise
        return {one: totals.get(name, 0) for name, one in taken.items()}

    def _charge(self, totals: Mapping[_Taken, int], minute: datetime, now: datetime) -> None:
        self._seen = {slot: seen for slot, seen in self._seen.items() if timedelta(0) <= now - seen.at <= _FRESH}
        for one, total in totals.items():
            slot = (one.budget, one.key)
            seen = self._seen.get(slot)
            if seen is not None:
                others = total - one.many - (seen.total if seen.minute == minute else 0)
                if others > 0:
                    self._buckets[one.budget].charge(one.key, others, self._now())
            self._seen[slot] = _Seen(total=total, minute=minute, at=now)

    def _watch(self) -> None:
        for bucket in self._buckets.values():
            bucket.watch()

    def _drain(self) -> Iterator[_Taken]:
        for budget, bucket in self._buckets.items():
            for key, many in bucket.drain(least=LEAST, most=MOST).items():
                yield _Taken(budget=budget, key=key, many=many)

    def _name(self, one: _Taken, minute: datetime) -> str:
        meant = f"{minute.isoformat()} {one.budget} {one.key}".encode(errors="surrogatepass")
        return blake2b(meant, key=self._secret, digest_size=16).hexdigest()
