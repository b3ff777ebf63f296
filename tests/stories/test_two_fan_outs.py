"""Two processes fan out: each entry once, by one of them; who was slow queues nothing that others passed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import pytest
from aiohttp import web

from federation.log.fan_out import CURSOR, JOB
from federation.turns import LEASE
from node.cli.reading import text
from node.lifecycles import fan_out_lifecycle
from storage.errors import NotFound
from storage.ids import ActivityId, ActorId, InboxUrl, Lease
from storage.records import Activity, Delivery
from tests.sharing import Alone, Shared
from tests.storage.making import a_follower, after
from tests.twins import Hourglass, PassingTime, Stalled, a_twin
from tests.village import Village, Villager

_OTHER: Final = Lease("a process that died")
_EARLY, _LATE = ActorId("https://early.example/users/e"), ActorId("https://late.example/users/l")


@dataclass(frozen=True, slots=True)
class Scene:
    """A node, and two processes of it on a store of several machines."""

    us: Villager
    village: Village
    pause: PassingTime

    def twin(self, store: Any = None) -> Any:
        return a_twin(self.us, store or Shared(self.us.node.store), self.pause)

    async def follow(self, who: ActorId) -> None:
        await self.us.node.store.save_follower(a_follower(who, follows=self.us.node.union_actor))

    async def queued(self, type: str) -> list[InboxUrl]:
        """Inboxes for which something of this type was queued."""
        return sorted(one.inbox for one in await self.deliveries() if one.type == type)

    async def deliveries(self) -> list[Delivery]:
        return await self.us.node.store.list_deliveries(None, None, after=None, limit=99)


@pytest.fixture
async def scene(village: Village) -> Scene:
    us = await village.add("koreno")
    await us.node.fan_out.catch_up()
    return Scene(us, village, PassingTime(village.clock))


async def claim(scene: Scene, lease: Lease = _OTHER) -> bool:
    now = scene.village.clock.at
    return await scene.us.node.store.claim_job(JOB, lease, now=now, until=after(days=999))


@pytest.mark.parametrize("verb", ["list_delivery_inboxes", "list_foreign_inboxes", "add_deliveries"])
async def test_a_stalled_fan_out_queues_no_create_once_another_process_passed_its_delete(
    scene: Scene, verb: str
) -> None:
    """However far it came: it would see a follower of today, and send them what was taken back."""
    stalled = Stalled(Shared(scene.us.node.store), verb)
    await scene.follow(_EARLY)
    async with scene.twin(stalled) as slow, scene.twin() as quick:
        post = text(await scene.us.do("post", handle="union", text="words"), "id")
        late = asyncio.create_task(slow.node.fan_out.catch_up())
        await stalled.stalls.acquire()
        await scene.us.do("retract", id=post)
        scene.village.clock.move(seconds=61)
        assert await quick.node.fan_out.catch_up() == 2
        before = await scene.deliveries()
        await scene.follow(_LATE)
        for _ in range(99):
            stalled.goes.release()
        assert await late == 0
    assert await scene.deliveries() == before
    assert await scene.queued("Create") == await scene.queued("Delete") == [f"{_EARLY}/inbox"]


async def test_while_one_is_at_it_the_other_waits_and_repeats_nothing(scene: Scene) -> None:
    stalled = Stalled(Shared(scene.us.node.store), "add_deliveries")
    await scene.follow(_EARLY)
    async with scene.twin(stalled) as first, scene.twin() as second:
        await scene.us.do("post", handle="union", text="words")
        at_it = asyncio.create_task(first.node.fan_out.catch_up())
        await stalled.stalls.acquire()
        waiting = asyncio.create_task(second.node.fan_out.catch_up())
        await scene.pause.happened.acquire()
        for _ in range(99):
            stalled.goes.release()
        assert (await at_it, await waiting) == (1, 0)


async def test_what_a_dead_process_was_at_is_taken_over_when_its_lease_lapses(scene: Scene) -> None:
    await scene.follow(_EARLY)
    now = scene.village.clock.at
    assert await scene.us.node.store.claim_job(JOB, _OTHER, now=now, until=now.replace(minute=now.minute + 1))
    async with scene.twin() as twin:
        await scene.us.do("post", handle="union", text="words")
        assert await twin.node.fan_out.catch_up() == 1
    assert sum(scene.pause.pauses) == 60


async def test_the_turn_is_given_back_at_the_end_and_after_a_fault(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_id: ActivityId) -> Activity | None:
        return None

    async with scene.twin() as twin:
        await twin.node.fan_out.catch_up()
        await scene.us.do("post", handle="union", text="words")
        monkeypatch.setattr(scene.us.node.store, "find_activity", nothing)
        with pytest.raises(NotFound):
            await twin.node.fan_out.catch_up()
    assert await claim(scene)


async def test_a_long_fan_out_extends_its_lease(scene: Scene) -> None:
    stalled = Stalled(Shared(scene.us.node.store), "add_deliveries")
    await scene.follow(_EARLY)
    async with scene.twin(stalled) as twin:
        for number in range(5):
            await scene.us.do("post", handle="union", text=f"words {number}")
        at_it = asyncio.create_task(twin.node.fan_out.catch_up())
        while not at_it.done():
            stall = asyncio.create_task(stalled.stalls.acquire())
            await asyncio.wait([stall, at_it], return_when=asyncio.FIRST_COMPLETED)
            stall.cancel()
            assert at_it.done() or not await claim(scene)
            scene.village.clock.move(seconds=25)
            stalled.goes.release()
        assert await at_it == 5


async def test_one_whose_turn_went_to_another_leaves_the_rest_to_it(scene: Scene) -> None:
    stalled = Stalled(Shared(scene.us.node.store), "list_foreign_inboxes")
    await scene.follow(_EARLY)
    async with scene.twin(stalled) as slow:
        await scene.us.do("post", handle="union", text="words")
        late = asyncio.create_task(slow.node.fan_out.catch_up())
        await stalled.stalls.acquire()
        scene.village.clock.move(seconds=61)
        now = scene.village.clock.at
        assert await scene.us.node.store.claim_job(JOB, _OTHER, now=now, until=now.replace(hour=now.hour + 1))
        for _ in range(99):
            stalled.goes.release()
        await scene.pause.happened.acquire()
        assert (await scene.queued("Create"), late.done()) == ([], False)
        assert await scene.us.node.store.finish_job(JOB, _OTHER, due_at=now)
        assert await late == 1


async def test_nothing_is_fanned_out_anywhere_while_somebody_is_cut_off(scene: Scene) -> None:
    await scene.follow(_EARLY)
    async with scene.twin() as cutting, scene.twin() as other:
        await scene.us.do("post", handle="union", text="words")
        async with cutting.node.fan_out.at_rest():
            at_it = asyncio.create_task(other.node.fan_out.catch_up())
            for _ in range(200):
                await scene.pause.happened.acquire()
            assert sum(scene.pause.pauses) > LEASE.total_seconds()
            assert (at_it.done(), await scene.queued("Create")) == (False, [])
        assert await at_it == 1


async def test_what_was_published_by_one_that_died_before_it_rang_is_fanned_out_by_another(scene: Scene) -> None:
    glass = Hourglass(scene.village.clock)
    await scene.follow(_EARLY)
    async with a_twin(scene.us, Shared(scene.us.node.store), glass) as twin:
        lifecycle = fan_out_lifecycle(twin.node, twin.workers.delivery)(web.Application())
        await anext(lifecycle)
        await glass.rest(seconds=30)
        await scene.us.do("post", handle="union", text="words")
        while not await scene.queued("Create"):
            glass.move(seconds=30)
            await glass.rest(seconds=30)
        await anext(lifecycle, None)


async def test_a_node_alone_on_its_store_takes_no_turns(scene: Scene) -> None:
    assert await claim(scene)
    await scene.follow(_EARLY)
    await scene.us.do("post", handle="union", text="words")
    async with scene.twin(Alone(scene.us.node.store)) as alone:
        assert await alone.node.fan_out.catch_up() == 1
        async with alone.node.fan_out.at_rest():
            assert await scene.us.node.store.get_cursor(CURSOR) == 2
