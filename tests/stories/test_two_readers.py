"""Two processes read the record on at once: pages come out as if one had."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random
from typing import Any, Final

import pytest

from federation.log.project import CURSOR, Projector
from node.cli.reading import text
from storage.ids import ActivityId, ObjectId
from storage.store import Store
from tests.twins import Stalled
from tests.village import Village, Villager

_STEPS: Final = 12
_SEEDS: Final = 8


async def say_much(us: Villager) -> None:
    """Entries of every kind: two actors, three updates, one changed, one taken back, pins and boosts, and their end."""
    await us.do("campaign add", handle="strike", name="Strike")
    first = text(await us.do("post", handle="strike", text="one #a"), "id")
    second = text(await us.do("post", handle="strike", text="two"), "id")
    await us.do("pin", id=second)
    await us.do("boost", url=first, handle="union")
    await us.do("boost", url=second, handle="union")
    await us.do("edit", id=first, text="one, mended #b")
    await us.do("edit", id=second, text="two, mended")
    await us.do("unboost", url=first, handle="union")
    await us.do("retract", id=second)
    await us.do("campaign edit", handle="strike", name="Strike, day 2")


async def everything(store: Store) -> list[Any]:
    """All rows that come from the record, and how far it was read."""
    entries = [placed.entry for placed in await store.list_entries(0, 99)]
    return [
        await store.get_cursor(CURSOR),
        await store.list_actors(),
        [await store.find_post(ObjectId(entry.object)) for entry in entries],
        [await store.find_pin(ObjectId(entry.object)) for entry in entries],
        [await store.has_boost(ActivityId(entry.activity)) for entry in entries],
        await store.list_posts(None, before=None, limit=9, tag="a"),
        await store.list_posts(None, before=None, limit=9, tag="b"),
    ]


async def read_anew(store: Store) -> None:
    """Nothing of the record was read yet."""
    await store.drop_posts()
    assert await store.advance_cursor(CURSOR, expecting=await store.size(), to=0)


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await say_much(us)
    assert await us.node.store.size() == _STEPS
    return us


def a_projector(us: Villager, store: Any) -> Projector:
    return Projector(store, us.node.union_actor)


async def test_one_that_stalls_before_any_step_changes_nothing_when_another_passed_it(us: Villager) -> None:
    """Wherever it stalls: at a Create that was edited and retracted meanwhile, at a pin of what is gone …"""
    expected = await everything(us.node.store)
    assert [await one_that_stalls(us, steps, expected) for steps in range(_STEPS)] == [True] * _STEPS


async def one_that_stalls(us: Villager, steps: int, expected: list[Any]) -> bool:
    """Whether all is as expected when one stalled after so many steps and another passed it."""
    store = us.node.store
    await read_anew(store)
    stalled = Stalled(store, "project")
    late = asyncio.create_task(a_projector(us, stalled).catch_up())
    for _ in range(steps):
        stalled.goes.release()
    for _ in range(steps + 1):
        await stalled.stalls.acquire()
    assert await store.get_cursor(CURSOR) == steps
    assert await a_projector(us, store).catch_up() == _STEPS
    was_passed = await everything(store) == expected
    stalled.goes.release()
    assert await late == _STEPS
    return was_passed and await everything(store) == expected


async def test_two_that_go_step_by_step_in_any_order_end_with_the_rows_of_one(us: Villager) -> None:
    expected = await everything(us.node.store)
    assert [await two_in_some_order(us, Random(seed)) == expected for seed in range(_SEEDS)] == [True] * _SEEDS


async def two_in_some_order(us: Villager, chance: Random) -> list[Any]:
    """All rows after two that took turns by chance."""
    store = us.node.store
    await read_anew(store)
    both = [Stalled(store, "project"), Stalled(store, "project")]
    tasks = [asyncio.create_task(a_projector(us, each).catch_up()) for each in both]
    while going := [number for number, task in enumerate(tasks) if not task.done()]:
        number = chance.choice(going)
        stall = asyncio.create_task(both[number].stalls.acquire())
        await asyncio.wait([stall, tasks[number]], return_when=asyncio.FIRST_COMPLETED)
        both[number].goes.release()
        stall.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stall
    assert [task.result() for task in tasks] == [_STEPS, _STEPS]
    return await everything(store)


async def test_one_that_was_passed_by_goes_on_from_where_the_other_stands(us: Villager) -> None:
    store = us.node.store
    await read_anew(store)
    stalled = Stalled(store, "project")
    late = asyncio.create_task(a_projector(us, stalled).catch_up())
    await stalled.stalls.acquire()
    assert await store.project(CURSOR, expecting=0, changes=())
    for _ in range(_STEPS):
        stalled.goes.release()
    assert await late == _STEPS
