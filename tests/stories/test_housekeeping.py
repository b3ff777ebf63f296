"""Housekeeping without a leader: what is due is done once, by whichever process comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Final

import pytest

from node.context import Node
from node.housekeeping import EVERY, keep_house
from storage.errors import StoreAway
from storage.ids import Lease
from tests.twins import Hourglass, Stalled, Watched, a_twin
from tests.village import Village, Villager

_MINUTE: Final = 60.0
_OTHER: Final = Lease("a process that died")


@asynccontextmanager
async def keeping(node: Node) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(keep_house(node))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Scene:
    """Two processes of a node; `done` tells who has finished what."""

    def __init__(self, us: Villager, glass: Hourglass, stack: AsyncExitStack) -> None:
        self.us, self.glass, self._stack = us, glass, stack
        self.done: list[tuple[str, str]] = []

    def store(self, name: str) -> Any:
        return Watched(self.us.node.store, name, self.done)

    async def add(self, name: str, store: Any = None) -> Node:
        given = store or self.store(name)
        return (await self._stack.enter_async_context(a_twin(self.us, given, self.glass))).node

    async def keep(self, node: Node) -> asyncio.Task[None]:
        return await self._stack.enter_async_context(keeping(node))

    async def look(self, count: int) -> None:
        """Everybody has looked and waits for a minute."""
        await self.glass.rest(seconds=_MINUTE, count=count)

    def jobs(self) -> list[str]:
        """What was finished since this was asked last."""
        jobs = sorted(job for _, job in self.done)
        self.done.clear()
        return jobs


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us = await village.add("koreno")
    async with AsyncExitStack() as stack:
        yield Scene(us, Hourglass(village.clock), stack)


async def test_of_two_processes_one_does_what_is_due_each_hour(scene: Scene) -> None:
    for name in ("one", "two"):
        await scene.keep(await scene.add(name))
    await scene.look(2)
    assert scene.jobs() == ["cut", "pictures"]
    scene.glass.move(minutes=1)
    await scene.look(2)
    assert scene.jobs() == ["purge", "sweep"]
    for _ in range(58):
        scene.glass.move(minutes=1)
        await scene.look(2)
    assert scene.jobs() == []
    scene.glass.move(minutes=1)
    await scene.look(2)
    assert scene.jobs() == ["cut", "pictures"]


async def test_what_a_dead_process_held_is_taken_over_when_its_lease_lapses(scene: Scene) -> None:
    now = scene.glass.clock.at
    later = now.replace(minute=now.minute + 2)
    assert await scene.us.node.store.claim_job("cut", _OTHER, now=now, until=later)
    await scene.keep(await scene.add("one"))
    await scene.look(1)
    assert scene.jobs() == ["pictures"]
    scene.glass.move(minutes=1)
    await scene.look(1)
    assert scene.jobs() == ["purge", "sweep"]
    scene.glass.move(minutes=1)
    await scene.look(1)
    assert scene.jobs() == ["cut"]


async def test_what_takes_long_stays_with_whoever_is_at_it(scene: Scene) -> None:
    stalled = Stalled(scene.store("slow"), "list_blocks")
    await scene.keep(await scene.add("slow", stalled))
    await stalled.stalls.acquire()
    await scene.glass.rest(seconds=20)
    await scene.keep(await scene.add("other"))
    await scene.look(1)
    for _ in range(9):
        scene.glass.move(seconds=20)
        await scene.look(1)
        await scene.glass.rest(seconds=20)
    assert ("other", "cut") not in scene.done
    stalled.goes.release()
    await scene.look(2)
    assert ("slow", "cut") in scene.done


async def test_what_an_ending_process_was_at_is_due_at_once(scene: Scene) -> None:
    stalled = Stalled(scene.store("ending"), "list_blocks")
    node, other = await scene.add("ending", stalled), await scene.add("other")
    async with keeping(node):
        await stalled.stalls.acquire()
    await scene.keep(other)
    await scene.look(1)
    assert scene.done == [("ending", "cut"), ("other", "cut"), ("other", "pictures")]


class Failing(Watched):
    """A store on which cutting fails, in one way or another."""

    error: Exception | None = RuntimeError("a mistake")

    async def list_blocks(self, **given: Any) -> list[Any]:
        if self.error is not None:
            raise self.error
        return await self._store.list_blocks(**given)


async def test_what_fails_is_tried_again_an_hour_later_and_holds_up_nothing_else(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(scene.us.node.store, "one", scene.done)
    await scene.keep(await scene.add("one", failing))
    await scene.look(1)
    assert scene.jobs() == ["cut", "pictures"]
    assert "housekeeping waits for the next time" in caplog.text
    now = scene.glass.clock.at
    for lapsed, is_due in ((EVERY * 0.99, False), (EVERY, True)):
        assert await scene.us.node.store.claim_job("cut", _OTHER, now=now + lapsed, until=now + EVERY) is is_due


async def test_a_job_that_met_a_store_that_is_away_is_done_when_it_is_back(scene: Scene) -> None:
    failing = Failing(scene.us.node.store, "one", scene.done)
    failing.error = StoreAway("The server does not answer.")
    await scene.keep(await scene.add("one", failing))
    await scene.look(1)
    assert scene.jobs() == ["cut"]
    failing.error = None
    scene.glass.move(minutes=1)
    await scene.look(1)
    assert scene.jobs() == ["cut", "pictures", "purge", "sweep"]


class Away(Watched):
    """A store whose server does not answer when it is asked for a job, until it does."""

    is_away = True

    async def claim_job(self, *given: Any, **named: Any) -> bool:
        if self.is_away:
            raise StoreAway("The server does not answer.")
        return await self._store.claim_job(*given, **named)


async def test_a_store_that_was_away_is_kept_when_it_is_back(scene: Scene) -> None:
    store = Away(scene.us.node.store, "one", scene.done)
    await scene.keep(await scene.add("one", store))
    await scene.look(1)
    store.is_away = False
    scene.glass.move(minutes=1)
    await scene.look(1)
    assert scene.jobs() == ["cut", "pictures", "purge", "sweep"]


async def test_each_process_looks_after_the_old_keys_of_its_own_home(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    retired: list[str] = []
    for name in ("one", "two"):
        node = await scene.add(name)

        async def retire(name: str = name) -> None:
            retired.append(name)

        monkeypatch.setattr(node.rotations, "retire", retire)
        await scene.keep(node)
    await scene.look(2)
    scene.glass.move(minutes=1)
    await scene.look(2)
    assert sorted(retired) == ["one", "two"]


async def test_totals_of_budgets_that_are_over_are_swept(scene: Scene) -> None:
    store, now = scene.us.node.store, scene.glass.clock.at
    await store.add_spending({"keys": 7}, now=now, keep_until=now)
    scene.glass.move(seconds=1)
    await scene.keep(await scene.add("one"))
    await scene.look(1)
    scene.glass.move(minutes=1)
    await scene.look(1)
    assert await store.remove_spending(before=scene.glass.clock.at, limit=9) == 0


async def test_a_node_alone_on_its_store_waits_an_hour_and_asks_for_no_job(scene: Scene) -> None:
    class Alone(Away):
        is_shared = False

    await scene.keep(await scene.add("one", Alone(scene.us.node.store, "one", scene.done)))
    await scene.glass.rest(seconds=EVERY.total_seconds())
    scene.glass.move(hours=1)
    await scene.glass.rest(seconds=EVERY.total_seconds())
    assert scene.jobs() == []
