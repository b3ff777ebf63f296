"""Token buckets and short memories on a clock moved by hand (refusals rule 7, SSRF-17, DOS-17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from federation.budgets import Buckets, KeyFetchBudget, ShortMemory
from storage.ids import Host

START = datetime(2026, 11, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def takes(bucket: Buckets[str], key: str, now: datetime, tries: int = 100) -> int:
    """How many of these tries got a token."""
    return sum(not bucket.take(key, now) for _ in range(tries))


def test_a_bucket_holds_its_burst_and_fills_one_by_one() -> None:
    bucket: Buckets[str] = Buckets(burst=3, every=SECOND)
    assert takes(bucket, "a", START) == 3
    assert takes(bucket, "a", START + SECOND) == 1
    assert takes(bucket, "a", START + 3 * SECOND) == 2
    assert takes(bucket, "a", START + 1000 * SECOND) == 3


def test_an_empty_bucket_says_how_long_to_wait_and_takes_nothing() -> None:
    bucket: Buckets[str] = Buckets(burst=1, every=10 * SECOND)
    assert bucket.take("a", START) == timedelta(0)
    assert bucket.take("a", START + 4 * SECOND) == 6 * SECOND
    assert bucket.take("a", START + 10 * SECOND) == timedelta(0)


def test_buckets_do_not_know_each_other() -> None:
    bucket: Buckets[str] = Buckets(burst=1, every=SECOND)
    assert [takes(bucket, key, START) for key in "abc"] == [1, 1, 1]


def test_a_clock_that_went_back_never_gives_more() -> None:
    bucket: Buckets[str] = Buckets(burst=1, every=SECOND)
    bucket.take("a", START)
    assert takes(bucket, "a", START - 1000 * SECOND) == 0


def test_the_table_of_buckets_is_bounded_and_drops_the_idlest() -> None:
    bucket: Buckets[str] = Buckets(burst=1, every=SECOND, keep=100)
    for number in range(100_000):
        bucket.take(str(number), START)
    assert len(bucket._full_at) == 100
    assert takes(bucket, "99999", START) == 0
    assert takes(bucket, "0", START) == 1


def test_a_memory_fades() -> None:
    memory: ShortMemory[str, int] = ShortMemory(lasting=5 * SECOND)
    memory.remember("a", 1, START)
    assert memory.recall("a", START + 4.999 * SECOND) == 1
    assert memory.recall("a", START + 5 * SECOND) is None
    assert memory.recall("b", START) is None


def test_a_memory_is_bounded_and_forgets_the_oldest_first() -> None:
    memory: ShortMemory[int, int] = ShortMemory(lasting=SECOND, keep=100)
    for number in range(100_000):
        memory.remember(number, number, START)
    assert len(memory._rows) == 100
    assert [memory.recall(number, START) for number in (99_899, 99_900, 99_999)] == [None, 99_900, 99_999]


def fetches(budget: KeyFetchBudget, hosts: list[str], now: datetime) -> int:
    return sum(not budget.take(Host(host), now) for host in hosts)


def test_a_stranger_is_asked_once_in_ten_seconds() -> None:
    budget = KeyFetchBudget()
    assert fetches(budget, ["victim.test"] * 50, START) == 1
    assert fetches(budget, ["victim.test"] * 50, START + 9 * SECOND) == 0
    assert fetches(budget, ["victim.test"] * 50, START + 10 * SECOND) == 1


def test_a_proven_host_is_asked_twenty_times_a_second_for_a_day() -> None:
    budget = KeyFetchBudget()
    budget.prove(Host("peer.test"), START)
    assert fetches(budget, ["peer.test"] * 50, START) == 20
    assert fetches(budget, ["peer.test"] * 50, START + SECOND) == 20
    assert fetches(budget, ["peer.test"] * 50, START + timedelta(days=1)) == 1


def test_all_strangers_together_are_bounded_too() -> None:
    budget = KeyFetchBudget()
    assert fetches(budget, [f"{number}.test" for number in range(1000)], START) == 100
    assert fetches(budget, [f"later-{number}.test" for number in range(1000)], START + SECOND) == 20


def test_who_asks_for_keys_all_over_the_place_leaves_enough_for_others() -> None:
    budget = KeyFetchBudget()
    hosts = [Host(f"{number}.test") for number in range(200)]
    assert sum(not budget.take(host, START, asker=1) for host in hosts) == 20
    assert sum(not budget.take(host, START, asker=2) for host in hosts) == 20
    assert sum(not budget.take(host, START + SECOND, asker=1) for host in reversed(hosts)) == 1


def test_who_asks_in_vain_for_keys_of_a_host_takes_nothing_from_others_who_ask_for_its_first() -> None:
    budget = KeyFetchBudget()
    assert [bool(budget.take(Host("new.test"), START, asker=1)) for _ in range(3)] == [False, True, True]
    assert not budget.take(Host("new.test"), START, asker=2)
