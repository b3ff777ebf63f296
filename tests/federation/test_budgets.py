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


def test_a_victim_is_asked_once_in_ten_seconds_whoever_makes_us_ask() -> None:
    budget, victim = KeyFetchBudget(), Host("victim.test")
    assert 1 == sum(not budget.take(victim, START, asker=asker) for asker in range(1000))
    assert 0 == sum(not budget.take(victim, START + 9 * SECOND, asker=asker) for asker in range(1000, 2000))
    assert 1 == sum(not budget.take(victim, START + 10 * SECOND, asker=asker) for asker in range(2000, 3000))


def test_who_asks_in_vain_has_two_turns_in_five_minutes_and_leaves_the_others_to_others() -> None:
    budget, new = KeyFetchBudget(), Host("new.test")
    times = [START + 10 * turn * SECOND for turn in range(30)]
    assert [True, True] + 28 * [False] == [not budget.take(new, at, asker=1) for at in times]
    assert not budget.take(new, times[-1], asker=2)


def test_who_is_refused_for_a_victims_sake_has_used_up_nothing_of_their_own() -> None:
    budget, victim = KeyFetchBudget(), Host("victim.test")
    budget.take(victim, START, asker=1)
    assert all(budget.take(victim, START, asker=2) for _ in range(100))
    assert 20 == sum(not budget.take(Host(f"{number}.test"), START, asker=2) for number in range(100))


def test_who_asks_from_the_hosts_own_address_has_a_turn_of_its_own() -> None:
    budget, new = KeyFetchBudget(), Host("new.test")
    budget.take(new, START)
    assert budget.may_look_up(new, 2, START)
    assert [False, True] == [bool(budget.take_at_home(new, START)) for _ in range(2)]
    assert not budget.may_look_up(new, 2, START)
    assert not budget.take_at_home(new, START + 10 * SECOND)


def test_who_asks_a_proven_host_in_vain_leaves_its_turns_to_others() -> None:
    budget, peer = KeyFetchBudget(), Host("peer.test")
    budget.prove(peer, START)
    assert 10 == sum(not budget.take(peer, START, asker=1) for _ in range(100))
    assert 1 == sum(not budget.take(peer, START + 5 * SECOND, asker=1) for _ in range(100))
    assert not budget.take(peer, START + 5 * SECOND, asker=2)


def test_who_shows_signatures_of_the_keys_it_made_us_ask_for_has_used_up_nothing() -> None:
    budget, peer = KeyFetchBudget(), Host("peer.test")
    budget.prove(peer, START)
    for number in range(100):
        at = START + number * SECOND / 20
        assert not budget.take(peer, at, asker=1)
        budget.give_back(1, at)
    budget.give_back(1, START)
    assert 10 == sum(not budget.take(peer, START + 60 * SECOND, asker=1) for _ in range(100))


def test_names_are_looked_up_for_nobody_without_end() -> None:
    budget = KeyFetchBudget()
    hosts = [Host(f"{number}.test") for number in range(100)]
    assert 5 == sum(budget.may_look_up(host, 1, START) for host in hosts)
    assert 15 == sum(budget.may_look_up(host, asker, START) for asker, host in enumerate(hosts, 2))
    budget.prove(hosts[0], START)
    assert not budget.may_look_up(hosts[0], 999, START + timedelta(hours=1))


def watched(burst: int, keep: int = 100) -> Buckets[str]:
    bucket: Buckets[str] = Buckets(burst=burst, every=SECOND, keep=keep)
    bucket.watch()
    return bucket


def test_what_keys_took_is_drained_once_the_busiest_first() -> None:
    bucket = watched(10)
    for key, times in (("a", 5), ("b", 7), ("c", 9), ("d", 2)):
        takes(bucket, key, START, times)
    assert bucket.drain(least=3, most=2) == {"c": 9, "b": 7}
    assert bucket.drain(least=3, most=2) == {"a": 5}
    assert bucket.drain(least=3, most=2) == {}


def test_a_key_that_took_too_little_to_tell_is_counted_on() -> None:
    bucket = watched(10)
    takes(bucket, "a", START, 2)
    assert bucket.drain(least=3, most=9) == {}
    takes(bucket, "a", START, 1)
    assert bucket.drain(least=3, most=9) == {"a": 3}


def test_what_was_refused_was_not_taken() -> None:
    bucket = watched(4)
    takes(bucket, "a", START, 50)
    assert bucket.drain(least=1, most=9) == {"a": 4}


def test_nothing_is_counted_where_nobody_watches_and_little_where_somebody_does() -> None:
    alone: Buckets[str] = Buckets(burst=10, every=SECOND)
    takes(alone, "a", START)
    assert (alone._taken, alone.drain(least=1, most=9)) == (None, {})
    bucket = watched(1, keep=100)
    for number in range(10_000):
        bucket.take(str(number), START)
    assert len(bucket.drain(least=1, most=10_000)) == 100


def test_a_charge_takes_what_others_would_have_had() -> None:
    bucket = watched(10)
    bucket.charge("a", 4, START)
    assert takes(bucket, "a", START) == 6
    assert bucket.drain(least=1, most=9) == {"a": 6}


def test_a_charge_beyond_an_empty_bucket_is_waited_for() -> None:
    bucket = watched(10)
    takes(bucket, "a", START)
    bucket.charge("a", 4, START)
    assert bucket.take("a", START) == 5 * SECOND


def test_no_charge_locks_a_key_out_for_longer_than_an_emptied_bucket_takes_to_fill() -> None:
    bucket = watched(10)
    for _ in range(3):
        bucket.charge("a", 10**15, START)
    assert bucket.take("a", START) == 10 * SECOND
    assert takes(bucket, "a", START + 10 * SECOND) == 1


def test_a_charge_never_gives_anything_back() -> None:
    bucket = watched(10)
    bucket.charge("a", 20, START)
    bucket.charge("a", 1, START - 100 * SECOND)
    assert bucket.take("a", START) == 10 * SECOND


def test_charges_do_not_grow_the_table() -> None:
    bucket = watched(10, keep=100)
    for number in range(1000):
        bucket.charge(str(number), 1, START)
    assert len(bucket._full_at) == 100
