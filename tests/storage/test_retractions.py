"""What unions took back with their kits: kept once and for good; and bytes that go at once."""

from __future__ import annotations

from storage.records import LogMeasure
from storage.store import Store
from tests.storage.keeping import LOG, OTHER_LOG, OTHER_PEER, PEER, a_held, a_leaf, a_retraction, keep
from tests.storage.making import after


async def test_the_first_retraction_of_an_object_stays(store: Store) -> None:
    assert await store.add_retraction(a_retraction()) is True
    assert await store.add_retraction(a_retraction(body=b"another", kept_at=after(hours=1))) is False
    assert a_retraction() == await store.find_retraction(PEER, a_retraction().object)
    assert await store.find_retraction(OTHER_PEER, a_retraction().object) is None


async def test_retractions_of_a_union_are_listed_last_first(store: Store) -> None:
    first, second, last = (
        a_retraction(3),
        a_retraction(1, kept_at=after(hours=1)),
        a_retraction(2, kept_at=after(days=1)),
    )
    for one in (second, last, first, a_retraction(did=OTHER_PEER)):
        await store.add_retraction(one)
    assert [last, second, first] == await store.list_retractions(PEER)
    assert [a_retraction(did=OTHER_PEER)] == await store.list_retractions(OTHER_PEER)


async def test_erased_leaves_are_gone_at_once_whatever_they_were(store: Store) -> None:
    leaves = [a_held(0), a_leaf(1), a_held(2, state="hidden", is_standing=False), a_leaf(3, state="gone"), a_held(4)]
    await keep(store, leaves)
    await keep(store, [a_held(0)], OTHER_LOG)
    assert 3 == await store.erase_leaves(LOG, [0, 1, 2, 3, 99], at=after(hours=1))
    found = await store.list_leaves(LOG, 0, 9)
    assert [("gone", None, False)] * 4 == [(leaf.state, leaf.body, leaf.is_standing) for leaf in found[:4]]
    assert [after(hours=1)] * 3 + [leaves[3].changed_at] == [leaf.changed_at for leaf in found[:4]]
    assert leaves[4:] == found[4:]
    assert [a_held(0)] == await store.list_leaves(OTHER_LOG, 0, 9)
    bytes_left = sum(len(leaf.entry) for leaf in leaves) + len(leaves[4].body or b"")
    assert LogMeasure(bytes=bytes_left, wanted=0, held=1, standing=1) == await store.measure_log(LOG)
    assert [] == await store.check()


async def test_erasing_again_or_nothing_or_of_no_log_changes_nothing(store: Store) -> None:
    await keep(store, [a_held(0)])
    assert 1 == await store.erase_leaves(LOG, [0], at=after(hours=1))
    assert 0 == await store.erase_leaves(LOG, [0], at=after(hours=2))
    assert 0 == await store.erase_leaves(LOG, [], at=after(hours=2))
    assert 0 == await store.erase_leaves(OTHER_LOG, [0], at=after(hours=2))
    assert after(hours=1) == (await store.list_leaves(LOG, 0, 1))[0].changed_at
    assert [] == await store.check()
