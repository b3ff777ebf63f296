"""Trees and signed heads of kept logs: one step each, by compare and set."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from storage.errors import NotFound, StorageError
from storage.ids import LogName
from storage.records import LogMeasure, Tile
from storage.store import Store
from tests.storage.keeping import (
    LOG,
    OTHER_LOG,
    OTHER_PEER,
    PEER,
    a_held,
    a_leaf,
    a_log,
    keep,
    tiles_over,
)
from tests.storage.making import NOON, after

SECOND_EPOCH = LogName(f"{PEER}/2")
TENTH_EPOCH = LogName(f"{PEER}/10")
NOTHING = LogMeasure(bytes=0, wanted=0, held=0, standing=0)


async def test_a_log_begins_empty_and_is_kept_once(store: Store) -> None:
    log = a_log(pending=b"a head\x00\xff", pending_size=7)
    assert await store.add_log(log) is True
    assert await store.add_log(replace(log, state="ours", pending=None, pending_size=0)) is False
    assert log == await store.find_log(LOG)
    assert await store.find_log(OTHER_LOG) is None


@pytest.mark.parametrize("changes", [{"size": 1}, {"withdrawn_to": 1}, {"checkpoint_size": 1}])
async def test_a_log_that_says_it_has_leaves_is_refused(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(StorageError, match="Add it empty"):
        await store.add_log(a_log(**changes))
    assert await store.list_logs() == []


async def test_logs_are_listed_by_union_with_the_newest_epoch_first(store: Store) -> None:
    for name in (LOG, OTHER_LOG, TENTH_EPOCH, SECOND_EPOCH):
        await store.add_log(a_log(name))
    assert [TENTH_EPOCH, SECOND_EPOCH, LOG] == [log.name for log in await store.list_logs(PEER)]
    assert [TENTH_EPOCH, SECOND_EPOCH, LOG, OTHER_LOG] == [log.name for log in await store.list_logs()]
    assert [OTHER_LOG] == [log.name for log in await store.list_logs(OTHER_PEER)]


async def test_a_log_can_be_stopped(store: Store) -> None:
    await store.add_log(a_log())
    assert await store.set_log_state(LOG, "stopped") is True
    assert await store.set_log_state(OTHER_LOG, "stopped") is False
    assert a_log(state="stopped") == await store.find_log(LOG)


async def test_leaves_and_tiles_come_in_one_step(store: Store) -> None:
    leaves = [a_held(0), a_leaf(1), a_held(2, is_standing=False)]
    await keep(store, leaves)
    assert leaves == await store.list_leaves(LOG, 0, 9)
    assert {(0, 0): tiles_over(3)[0].hashes} == await store.find_tiles(LOG, [(0, 0), (0, 1), (1, 0)])
    assert a_log(size=3) == await store.find_log(LOG)
    assert await store.check() == []


async def test_hundreds_of_leaves_come_in_one_step(store: Store) -> None:
    leaves = [a_held(place) for place in range(600)]
    await keep(store, leaves)
    assert [replace(leaf, body=None) for leaf in leaves] == await store.list_leaves(LOG, 0, 9999, with_bodies=False)
    tiles = await store.find_tiles(LOG, [(level, number) for level in range(3) for number in range(9)])
    assert {(tile.level, tile.number): tile.hashes for tile in tiles_over(600)} == tiles
    assert await store.check() == []


async def test_a_tile_that_grew_is_replaced(store: Store) -> None:
    await keep(store, [a_leaf(0)])
    wider = Tile(level=0, number=0, hashes=b"two" * 64)
    assert await store.grow_log(LOG, expecting=1, leaves=[a_leaf(1)], tiles=[wider]) is True
    assert {(0, 0): wider.hashes} == await store.find_tiles(LOG, {(0, 0)})


async def test_no_tile_is_found_where_none_is_asked_for(store: Store) -> None:
    await keep(store, [a_leaf(0)])
    assert await store.find_tiles(LOG, []) == {}
    assert await store.find_tiles(OTHER_LOG, [(0, 0)]) == {}


async def test_a_log_of_another_size_does_not_grow(store: Store) -> None:
    await keep(store, [a_leaf(0)])
    for expecting in (0, 2):
        grown = await store.grow_log(LOG, expecting=expecting, leaves=[a_leaf(expecting)], tiles=tiles_over(9))
        assert grown is False
    assert [a_leaf(0)] == await store.list_leaves(LOG, 0, 9)
    assert {(0, 0): tiles_over(1)[0].hashes} == await store.find_tiles(LOG, [(0, 0)])
    assert await store.check() == []


async def test_a_log_that_is_not_kept_does_not_grow(store: Store) -> None:
    with pytest.raises(NotFound, match=LOG):
        await store.grow_log(LOG, expecting=0, leaves=[a_leaf(0)], tiles=[])
    assert await store.list_leaves(LOG, 0, 9) == []


@pytest.mark.parametrize(
    "leaves",
    [[a_leaf(1)], [a_leaf(0), a_leaf(2)], [a_leaf(0), a_leaf(0)], [a_leaf(0, state="held")], [a_leaf(0, body=b"{}")]],
)
async def test_leaves_with_a_gap_or_the_wrong_body_are_refused(store: Store, leaves: list[Any]) -> None:
    await store.add_log(a_log())
    with pytest.raises(StorageError, match="None of them was kept"):
        await store.grow_log(LOG, expecting=0, leaves=leaves, tiles=[])
    assert await store.list_leaves(LOG, 0, 9) == []


async def test_of_many_who_grow_a_log_at_once_one_does(store: Store) -> None:
    await store.add_log(a_log())
    tries = [
        store.grow_log(LOG, expecting=0, leaves=[a_leaf(0, digest=f"z{n}"), a_leaf(1)], tiles=tiles_over(2))
        for n in range(8)
    ]
    assert [False] * 7 + [True] == sorted(await asyncio.gather(*tries))
    assert len(await store.list_leaves(LOG, 0, 9)) == 2
    assert LogMeasure(bytes=22, wanted=2, held=0, standing=0) == await store.measure_log(LOG)
    assert await store.check() == []


async def test_a_log_is_measured(store: Store) -> None:
    leaves = [a_held(0, body=b"12345"), a_leaf(1), a_leaf(2, is_standing=True), a_held(3, is_standing=False)]
    await keep(store, leaves)
    taken = sum(len(leaf.entry) + len(leaf.body or b"") for leaf in leaves)
    assert LogMeasure(bytes=taken, wanted=2, held=2, standing=2) == await store.measure_log(LOG)
    assert NOTHING == await store.measure_log(OTHER_LOG)


async def test_a_stretch_of_a_log_is_measured(store: Store) -> None:
    leaves = [a_held(0, body=b"12345"), a_leaf(1), a_held(2, body=b"123"), a_held(3)]
    await keep(store, leaves)
    taken = [len(leaf.entry) + len(leaf.body or b"") for leaf in leaves]
    for start, end in ((0, 4), (0, 1), (1, 3), (3, 9), (2, 2), (4, 9)):
        assert sum(taken[start:end]) == await store.measure_leaves(LOG, start, end)
    assert 0 == await store.measure_leaves(OTHER_LOG, 0, 4)
    await store.erase_leaves(LOG, [0], at=NOON)
    assert sum(taken) - 5 == await store.measure_leaves(LOG, 0, 4)


async def test_a_pending_head_is_set_by_whoever_knows_the_last_one(store: Store) -> None:
    await store.add_log(a_log())
    assert await store.set_pending(LOG, expecting=0, size=5, checkpoint=b"five") is True
    assert await store.set_pending(LOG, expecting=0, size=6, checkpoint=b"six") is False
    assert await store.set_pending(LOG, expecting=5, size=4, checkpoint=b"four") is False
    assert await store.set_pending(LOG, expecting=5, size=5, checkpoint=b"five again") is True
    assert await store.set_pending(OTHER_LOG, expecting=0, size=5, checkpoint=b"five") is False
    assert a_log(pending=b"five again", pending_size=5) == await store.find_log(LOG)


async def test_of_many_who_set_a_pending_head_at_once_one_does(store: Store) -> None:
    await store.add_log(a_log())
    tries = [store.set_pending(LOG, expecting=0, size=n, checkpoint=b"%d" % n) for n in range(1, 9)]
    assert [False] * 7 + [True] == sorted(await asyncio.gather(*tries))


async def test_a_checkpoint_never_goes_back_nor_beyond_what_is_kept(store: Store) -> None:
    await keep(store, [a_leaf(0), a_leaf(1), a_leaf(2)])
    assert await store.set_checkpoint(LOG, expecting=0, size=4, checkpoint=b"four", at=NOON) is False
    assert await store.set_checkpoint(LOG, expecting=0, size=2, checkpoint=b"two\xff", at=NOON) is True
    assert await store.set_checkpoint(LOG, expecting=2, size=1, checkpoint=b"one", at=NOON) is False
    assert await store.set_checkpoint(LOG, expecting=0, size=3, checkpoint=b"three", at=NOON) is False
    assert await store.set_checkpoint(OTHER_LOG, expecting=0, size=0, checkpoint=b"none", at=NOON) is False
    standing = a_log(size=3, checkpoint=b"two\xff", checkpoint_size=2, checkpoint_at=NOON)
    assert standing == await store.find_log(LOG)


async def test_an_unchanged_head_is_signed_again(store: Store) -> None:
    await store.add_log(a_log())
    for at in (NOON, after(hours=1)):
        assert await store.set_checkpoint(LOG, expecting=0, size=0, checkpoint=b"empty", at=at) is True
    assert a_log(checkpoint=b"empty", checkpoint_at=after(hours=1)) == await store.find_log(LOG)
