import asyncio

import pytest

from storage.backends import open_store
from storage.errors import LeaseLost
from storage.ids import ActorId, Lease
from storage.records import ClaimedReceived
from storage.store import Store
from tests.storage.making import LEASE, OTHER_LEASE, a_received, after

SOON = after(minutes=5)


async def claim(store: Store, *, minutes: float = 0, lease: Lease = LEASE, limit: int = 9) -> list[ClaimedReceived]:
    now, until = after(minutes=minutes), after(minutes=minutes + 5)
    return await store.claim_received(now=now, until=until, lease=lease, limit=limit)


async def test_an_activity_from_outside_is_stored_once(store: Store) -> None:
    assert await store.add_received(a_received()) is True
    assert await store.add_received(a_received(body=b"again")) is False
    assert [a_received()] == [claimed.received for claimed in await claim(store)]


async def test_of_many_copies_at_once_one_is_new(store: Store) -> None:
    results = await asyncio.gather(*(store.add_received(a_received()) for _ in range(20)))
    assert results.count(True) == 1


async def test_it_is_known_across_a_restart_even_when_its_work_is_done(url: str) -> None:
    store = await open_store(url)
    await store.add_received(a_received())
    await claim(store)
    await store.finish_received(a_received().id, LEASE, error=None, retry_at=None)
    await store.close()
    store = await open_store(url)
    assert await store.add_received(a_received()) is False
    assert await claim(store, minutes=60) == []
    await store.close()


async def test_claims_lend_the_oldest_first_and_once(store: Store) -> None:
    for number, minutes in ((1, -1), (2, -3), (3, -2)):
        await store.add_received(
            a_received(number, actor=ActorId(f"https://peer.example/{number}"), received_at=after(minutes=minutes))
        )
    first, rest = await claim(store, limit=2), await claim(store, lease=OTHER_LEASE)
    ids = [claimed.received.id[-1] for claimed in first + rest]
    assert ids == ["2", "3", "1"]
    assert [claimed.lease for claimed in first + rest] == [LEASE, LEASE, OTHER_LEASE]
    assert await claim(store) == []


async def test_a_lapsed_lease_is_lent_again_and_counted(store: Store) -> None:
    await store.add_received(a_received())
    assert [claimed.attempts for claimed in await claim(store)] == [0]
    assert await claim(store, minutes=4, lease=OTHER_LEASE) == []
    assert [claimed.attempts for claimed in await claim(store, minutes=5, lease=OTHER_LEASE)] == [1]
    with pytest.raises(LeaseLost, match="another worker"):
        await store.finish_received(a_received().id, LEASE, error=None, retry_at=None)
    assert await store.count_received() == {"waiting": 1, "done": 0, "failed": 0}


async def test_what_is_not_lent_cannot_be_finished(store: Store) -> None:
    await store.add_received(a_received())
    with pytest.raises(LeaseLost):
        await store.finish_received(a_received().id, LEASE, error=None, retry_at=None)
    with pytest.raises(LeaseLost):
        await store.finish_received(a_received(2).id, LEASE, error=None, retry_at=None)


@pytest.mark.parametrize(("error", "state"), [(None, "done"), ("It makes no sense.", "failed")])
async def test_finished_work_is_over(store: Store, error: str | None, state: str) -> None:
    await store.add_received(a_received())
    await claim(store)
    await store.finish_received(a_received().id, LEASE, error=error, retry_at=None)
    assert {"waiting": 0, "done": 0, "failed": 0, state: 1} == await store.count_received()
    assert await claim(store, minutes=60) == []
    assert await store.next_received_due() is None
    with pytest.raises(LeaseLost):
        await store.finish_received(a_received().id, LEASE, error=error, retry_at=None)


async def test_failed_work_is_tried_again_at_its_time_with_its_body(store: Store) -> None:
    await store.add_received(a_received())
    await claim(store)
    await store.finish_received(a_received().id, LEASE, error="No answer.", retry_at=after(minutes=30))
    assert after(minutes=30) == await store.next_received_due()
    assert await claim(store, minutes=29) == []
    (again,) = await claim(store, minutes=30)
    assert (a_received(), 1) == (again.received, again.attempts)


async def test_what_was_given_back_untried_is_no_attempt(store: Store) -> None:
    await store.add_received(a_received())
    await claim(store)
    await store.finish_received(a_received().id, LEASE, error="Away.", retry_at=after(minutes=1), counts=False)
    (again,) = await claim(store, minutes=1)
    assert again.attempts == 0


async def test_the_next_due_is_the_earliest_and_a_lease_counts_until_it_lapses(store: Store) -> None:
    assert await store.next_received_due() is None
    await store.add_received(a_received(1))
    await store.add_received(a_received(2, received_at=after(hours=1)))
    assert a_received().received_at == await store.next_received_due()
    await claim(store)
    assert await store.next_received_due() == SOON


async def test_old_finished_ids_are_forgotten_and_nothing_else(store: Store) -> None:
    for number in (1, 2, 3, 4):
        await store.add_received(a_received(number, received_at=after(days=-number)))
    for claimed in await claim(store, limit=3):
        await store.finish_received(claimed.received.id, LEASE, error=None, retry_at=None)
    assert await store.remove_received(finished_before=after(days=-2), limit=1) == 1
    assert await store.remove_received(finished_before=after(days=-2), limit=9) == 1
    assert await store.remove_received(finished_before=after(days=-2), limit=9) == 0
    assert await store.count_received() == {"waiting": 1, "done": 1, "failed": 0}


async def test_a_claim_that_nobody_heard_of_is_taken_back_and_was_no_attempt(store: Store) -> None:
    for number in (1, 2):
        await store.add_received(a_received(number, actor=ActorId(f"https://peer.example/{number}")))
    await claim(store, lease=OTHER_LEASE, limit=1)
    await claim(store)
    now = after(minutes=1)
    assert await store.return_received(LEASE, until=after(minutes=6), now=now) == 0
    assert await store.return_received(LEASE, until=SOON, now=now) == 1
    assert await store.return_received(LEASE, until=SOON, now=now) == 0
    assert [one.attempts for one in await claim(store, minutes=1)] == [0]


async def test_what_is_finished_is_not_taken_back(store: Store) -> None:
    await store.add_received(a_received())
    await claim(store)
    await store.finish_received(a_received().id, LEASE, error=None, retry_at=None)
    assert await store.return_received(LEASE, until=SOON, now=after()) == 0
    assert await store.count_received() == {"waiting": 0, "done": 1, "failed": 0}
