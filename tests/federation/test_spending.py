"""Two processes on one store that share their budgets, with a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from federation.budgets import AddressBudget, Buckets, InboxBudget, KeyFetchBudget
from federation.spending import LEAST, MOST, SharedSpending
from storage.errors import StoreAway
from storage.store import Store
from tests.federation.people import Clock
from tests.sharing import Shared
from tests.twins import Both

SECRET: Final = b"only copies of the home have this"
TENTH: Final = timedelta(milliseconds=100)


class Process:
    """Its own buckets, of ten a second after a hundred, and its share of the store's."""

    def __init__(self, store: Any, clock: Clock, secret: bytes = SECRET) -> None:
        self.clock = clock
        self.bucket: Buckets[str] = Buckets(burst=100, every=TENTH)
        self.spending = SharedSpending({"actor": self.bucket}, store=store, secret=secret, now=clock)

    def take(self, tries: int, key: str = "ann") -> int:
        """How many were given."""
        return sum(not self.bucket.take(key, self.clock()) for _ in range(tries))


class Told(Shared):
    """What the store is told, and whether it is there."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.names: list[str] = []
        self.away: Callable[[], bool] = lambda: False
        self.loses_answers = False

    async def add_spending(self, spent: Any, **named: Any) -> dict[str, int]:
        self.names.extend(spent)
        if self.away():
            raise StoreAway("The store's server does not answer.")
        totals: dict[str, int] = await self._store.add_spending(spent, **named)
        if self.loses_answers:
            raise StoreAway("The store's server does not answer any more.")
        return totals


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two(both: Both, clock: Clock) -> tuple[Process, Process]:
    return Process(both[0], clock), Process(both[1], clock)


async def share(*processes: Process) -> None:
    for process in processes:
        await process.spending.share()


async def known_to_both(one: Process, other: Process) -> None:
    """The key took little of each, and both have looked; a second later."""
    one.take(5), other.take(5)
    await share(one, other, one)
    one.clock.move(seconds=1)


async def test_who_asks_two_processes_gets_what_one_would_give(two: tuple[Process, Process], clock: Clock) -> None:
    given = 0
    for _ in range(100):
        given += sum([process.take(50) for process in two])
        await share(*two)
        clock.move(seconds=1)
    alone = 100 + 10 * 99
    assert alone <= given < 1.2 * alone + 100  # each gives a burst before they know of each other


async def test_alone_a_process_gives_what_it_always_gave(both: Both, clock: Clock) -> None:
    one, given = Process(both[0], clock), 0
    for _ in range(100):
        given += one.take(50)
        await share(one)
        clock.move(seconds=1)
    assert given == 100 + 10 * 99


async def test_who_stays_within_the_limit_at_both_is_never_refused(two: tuple[Process, Process], clock: Clock) -> None:
    for _ in range(150):
        assert [process.take(4) for process in two] == [4, 4]
        await share(*two)
        clock.move(seconds=1)


async def test_what_others_took_is_charged_once(two: tuple[Process, Process]) -> None:
    one, other = two
    await known_to_both(one, other)
    other.take(40)
    one.take(3)
    await share(other, one, one, one)
    assert one.take(100) == 100 - 3 - 40 - 5  # five were taken after one had looked


async def test_totals_begin_anew_each_minute_and_nothing_is_charged_twice(
    two: tuple[Process, Process], clock: Clock
) -> None:
    one, other = two
    clock.move(seconds=58)
    await known_to_both(one, other)
    for process in two:
        process.take(3)
    await share(other, one)
    clock.move(seconds=2)  # a minute turned
    one.take(3), other.take(30)
    await share(other, one)
    assert one.take(100) == 100 - 3 - 30


async def test_a_total_nobody_looked_at_a_moment_ago_is_not_charged(two: tuple[Process, Process], clock: Clock) -> None:
    one, other = two
    await known_to_both(one, other)
    other.take(90)
    await share(other)
    clock.move(seconds=20)
    one.take(5)
    await share(one)
    assert one.take(100) == 95


async def test_keys_that_took_little_are_not_told(both: Both, clock: Clock) -> None:
    told = Told(both[0])
    process = Process(told, clock)
    await share(process)
    process.take(LEAST - 1)
    await share(process)
    assert told.names == []
    process.take(1)
    await share(process)
    assert len(told.names) == 1


async def test_of_many_keys_the_busiest_are_told(both: Both, clock: Clock) -> None:
    told = Told(both[0])
    process = Process(told, clock)
    for number in range(5 * MOST):
        process.take(LEAST, str(number))
    await share(process)
    assert len(told.names) == MOST


async def test_names_of_keys_tell_nobody_who_it_was(both: Both, clock: Clock) -> None:
    """They depend on the secret, the budget and the minute, and hold nothing of the key."""
    told = Told(both[0])
    for process in (Process(told, clock), Process(told, clock), Process(told, clock, b"another home's")):
        process.take(5, "192.0.2.7")
        await share(process)
    clock.move(minutes=1)
    later = Process(told, clock)
    later.take(5, "192.0.2.7")
    await share(later)
    first, same, elsewhere, next_minute = told.names
    assert first == same
    assert len({first, elsewhere, next_minute}) == 3
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in told.names)


async def test_two_budgets_of_the_same_key_have_two_totals(both: Both, clock: Clock) -> None:
    told = Told(both[0])
    buckets: dict[str, Buckets[Any]] = {name: Buckets(burst=100, every=TENTH) for name in ("actor", "host")}
    spending = SharedSpending(buckets, store=told, secret=SECRET, now=clock)
    for bucket in buckets.values():
        for _ in range(5):
            bucket.take("same", clock())
    await spending.share()
    assert len(set(told.names)) == 2


async def test_while_the_store_is_away_each_has_its_own_budget(both: Both, clock: Clock) -> None:
    told = Told(both[0])
    one, other = Process(told, clock), Process(both[1], clock)
    await known_to_both(one, other)
    told.away = lambda: True
    one.take(3), other.take(50)
    await share(other)
    with pytest.raises(StoreAway):
        await share(one)
    assert one.take(100) == 97
    told.away = lambda: False
    clock.move(seconds=4)
    one.take(3), other.take(20)
    await share(other, one)  # one looks for the first time again
    clock.move(seconds=1)
    one.take(3), other.take(20)
    await share(other, one)
    assert one.take(100) < 100 - 20


async def test_what_is_ours_is_not_charged_again_when_an_answer_was_lost(both: Both, clock: Clock) -> None:
    told = Told(both[0])
    one = Process(told, clock)
    one.take(5)
    await share(one)
    told.loses_answers = True
    one.take(30)
    with pytest.raises(StoreAway):
        await share(one)
    told.loses_answers = False
    one.take(5)
    await share(one)
    assert one.take(100) == 60


async def test_totals_are_forgotten_after_their_time(both: Both, clock: Clock) -> None:
    store: Store = both[0]
    process = Process(store, clock)
    for _ in range(4):
        for number in range(10):
            process.take(3, str(number))
        await share(process)
        clock.move(minutes=1)
    assert await store.remove_spending(before=clock() + timedelta(hours=1), limit=1000) <= 20


def test_the_budgets_of_addresses_actors_hosts_and_keys_are_shared() -> None:
    shared = [set(budget().buckets) for budget in (AddressBudget, InboxBudget, KeyFetchBudget)]
    assert shared == [{"address"}, {"actor", "host"}, {"key host", "key asker", "key strangers"}]
