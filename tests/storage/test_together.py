"""What several processes on one store share: work lent to one at a time, news, who is there, and budgets."""

import asyncio
from typing import Any

from storage.backends import open_store
from storage.ids import Lease
from storage.records import Process
from storage.sqlite.store import SqliteStore
from storage.store import Store
from tests.storage.making import LEASE, OTHER_LEASE, after


async def claim(store: Store, lease: Lease = LEASE, *, minutes: float = 0) -> bool:
    """A claim so many minutes after noon, lent for five."""
    return await store.claim_job("sweep", lease, now=after(minutes=minutes), until=after(minutes=minutes + 5))


async def test_a_job_is_lent_to_one_at_a_time(store: Store) -> None:
    assert [await claim(store, LEASE), await claim(store, OTHER_LEASE)] == [True, False]
    assert await store.claim_job("another", OTHER_LEASE, now=after(), until=after(minutes=5))


async def test_of_many_who_claim_a_job_at_once_exactly_one_has_it(store: Store) -> None:
    claimed = await asyncio.gather(*[claim(store, Lease(f"worker-{number}")) for number in range(20)])
    assert claimed.count(True) == 1


async def test_a_job_whose_lease_lapsed_is_taken_by_the_next(store: Store) -> None:
    await claim(store, LEASE)
    assert not await claim(store, OTHER_LEASE, minutes=4.9)
    assert await claim(store, OTHER_LEASE, minutes=5)
    assert not await claim(store, LEASE, minutes=5)
    assert not await store.finish_job("sweep", LEASE, due_at=after())
    assert not await claim(store, LEASE, minutes=6)


async def test_who_holds_a_job_may_extend_it(store: Store) -> None:
    await claim(store, LEASE)
    assert await claim(store, LEASE, minutes=3)
    assert not await claim(store, OTHER_LEASE, minutes=7)
    assert await claim(store, LEASE, minutes=9)  # it had lapsed, but nobody took it
    assert await claim(store, OTHER_LEASE, minutes=14)


async def test_a_finished_job_is_due_again_when_it_was_said_for_everybody(store: Store) -> None:
    await claim(store, LEASE)
    assert await store.finish_job("sweep", LEASE, due_at=after(hours=1))
    assert [await claim(store, who, minutes=59) for who in (LEASE, OTHER_LEASE)] == [False, False]
    assert await claim(store, OTHER_LEASE, minutes=60)


async def test_a_job_is_finished_once_and_by_its_holder(store: Store) -> None:
    assert not await store.finish_job("sweep", LEASE, due_at=after())
    await claim(store, LEASE)
    assert not await store.finish_job("sweep", OTHER_LEASE, due_at=after())
    assert await store.finish_job("sweep", LEASE, due_at=after(hours=1))
    assert not await store.finish_job("sweep", LEASE, due_at=after())


async def test_a_job_that_a_process_took_with_it_is_due_when_its_file_is_opened_again(url: str) -> None:
    store = await open_store(url)
    if store.is_shared:  # nobody can know that its holder is gone before the lease lapses
        await store.close()
        return
    await claim(store, LEASE)
    await store.claim_job("done", LEASE, now=after(), until=after())
    await store.finish_job("done", LEASE, due_at=after(hours=1))
    await store.close()
    store = await open_store(url)
    assert await claim(store, OTHER_LEASE)
    assert not await store.claim_job("done", OTHER_LEASE, now=after(), until=after())
    await store.close()


async def test_nothing_has_rung_in_an_empty_store(store: Store) -> None:
    assert await store.list_news() == {}


async def test_each_ring_makes_the_number_of_its_subject_grow(store: Store) -> None:
    await asyncio.gather(*[store.ring("readers") for _ in range(3)])
    await store.ring("blocks")
    assert await store.list_news() == {"readers": 3, "blocks": 1}


def a_process(id: str = "one", **changes: Any) -> Process:
    given = {"id": id, "kind": "serve", "version": "0.1", "started_at": after(), "seen_at": after()}
    return Process(**{**given, **changes})


async def test_processes_are_listed_newest_started_first(store: Store) -> None:
    first, later = a_process("b", kind="worker"), a_process("c", started_at=after(minutes=1))
    for process in (first, later, a_process("a")):
        await store.save_process(process, gone_before=after(hours=-1))
    assert await store.list_processes() == [later, a_process("a"), first]


async def test_a_process_that_is_seen_again_is_renewed(store: Store) -> None:
    await store.save_process(a_process(), gone_before=after(hours=-1))
    await store.save_process(a_process(seen_at=after(minutes=1), version="0.2"), gone_before=after(hours=-1))
    assert await store.list_processes() == [a_process(seen_at=after(minutes=1), version="0.2")]


async def test_whoever_was_not_seen_for_long_is_forgotten(store: Store) -> None:
    for id, minutes in (("gone", 0), ("here", 1)):
        await store.save_process(a_process(id, seen_at=after(minutes=minutes)), gone_before=after(hours=-1))
    await store.save_process(a_process("new", seen_at=after(minutes=3)), gone_before=after(minutes=1))
    assert [process.id for process in await store.list_processes()] == ["here", "new"]


async def test_a_process_that_ends_is_listed_no_more(store: Store) -> None:
    await store.save_process(a_process(), gone_before=after(hours=-1))
    assert [await store.remove_process("one"), await store.remove_process("one")] == [True, False]
    assert await store.list_processes() == []


async def test_only_a_store_of_several_processes_has_a_clock_of_its_own(store: Store) -> None:
    assert (await store.find_server_time() is not None) == store.is_shared


async def test_a_file_belongs_to_one_process(sqlite: SqliteStore) -> None:
    assert not sqlite.is_shared


async def spend(store: Store, minutes: float = 0, keep: float = 60, **spent: int) -> dict[str, int]:
    return await store.add_spending(spent, now=after(minutes=minutes), keep_until=after(minutes=keep))


async def test_what_is_spent_adds_up_for_each_budget(store: Store) -> None:
    assert await spend(store, keys=2) == {"keys": 2}
    assert await spend(store, keys=3, pages=1) == {"keys": 5, "pages": 1}
    assert await spend(store, pages=0) == {"pages": 1}
    assert await spend(store) == {}


async def test_nothing_that_is_spent_at_once_is_lost(store: Store) -> None:
    await asyncio.gather(*[spend(store, keys=1, pages=2) for _ in range(20)])
    assert await spend(store, keys=0, pages=0) == {"keys": 20, "pages": 40}


async def test_a_total_begins_anew_when_its_time_is_over_and_no_spending_puts_that_off(store: Store) -> None:
    await spend(store, keep=60, keys=2)
    assert await spend(store, minutes=59, keep=119, keys=1) == {"keys": 3}
    assert await spend(store, minutes=60, keep=120, keys=1) == {"keys": 1}
    assert await spend(store, minutes=119, keep=180, keys=1) == {"keys": 2}


async def test_totals_that_are_over_are_forgotten_a_few_at_a_time(store: Store) -> None:
    await spend(store, keep=10, a=1, b=1, c=1)
    await spend(store, keep=30, d=1)
    removals = [await store.remove_spending(before=after(minutes=30), limit=2) for _ in range(3)]
    assert removals == [2, 1, 0]
    assert await spend(store, d=1) == {"d": 2}
