"""Two nodes' worth of processes on one store, each of which tells and hears once a second."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from federation.errors import TooMany
from node.app import build_app
from node.app_keys import RECEIVER, STRANGERS
from node.sharing import Sharing, sharing_lifecycle, sharing_of
from storage.errors import StoreAway
from storage.ids import ActorId, Host
from tests.sharing import Shared
from tests.twins import Both, a_twin
from tests.village import Village, Villager
from tests.village import village as build_village

HOST = Host("down.test")
ANN = ActorId("https://a.example/ann")


@dataclass(frozen=True, slots=True)
class Process:
    """One of two: its node with doors and workers, and what it shares when it is told to."""

    villager: Villager
    app: web.Application
    sharing: Sharing

    async def fail(self, times: int = 5) -> None:
        for _ in range(times):
            await self.villager.workers.delivery.hosts.failed(HOST, not_before=None)

    def rests(self) -> bool:
        return self.villager.workers.delivery.hosts.resting_until(HOST) is not None

    def given(self, tries: int) -> int:
        """How many of an actor's messages would be taken."""
        budget, now, given = self.app[RECEIVER].budget, self.villager.node.now(), 0
        for _ in range(tries):
            try:
                budget.spend(ANN, now)
            except TooMany:
                continue
            given += 1
        return given


class Away(Shared):
    """A store that is away when told so, and counts what it is asked."""

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.is_away = False
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        if self.is_away:
            raise StoreAway("The store's server does not answer.")
        return getattr(self._store, name)


async def a_process(us: Villager, store: Any, stack: AsyncExitStack) -> Process:
    twin = await stack.enter_async_context(a_twin(us, store, asyncio.sleep))
    app = build_app(twin.node, twin.workers, run_workers=False)
    return Process(twin, app, sharing_of(twin.node, twin.workers.delivery, app))


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[Village]:
    async with build_village(tmp_path) as built:
        yield built


@pytest.fixture
async def us(village: Village) -> Villager:
    return await village.add("koreno")


@pytest.fixture
async def two(both: Both, us: Villager) -> AsyncIterator[tuple[Process, Process]]:
    async with AsyncExitStack() as stack:
        yield await a_process(us, both[0], stack), await a_process(us, both[1], stack)


async def share(*processes: Process) -> None:
    for process in processes:
        await process.sharing.run_once()


async def test_a_second_after_one_put_a_host_to_rest_the_other_knows(two: tuple[Process, Process]) -> None:
    one, other = two
    await share(one, other)
    await one.fail()
    assert (one.rests(), other.rests()) == (True, False)
    await share(one, other)
    assert other.rests()


async def test_a_second_after_one_heard_from_a_host_it_rests_for_none(two: tuple[Process, Process]) -> None:
    one, other = two
    await one.fail()
    await share(one, other)
    await other.villager.workers.delivery.host_was_heard(HOST)
    await share(other, one)
    assert (one.rests(), other.rests()) == (False, False)


async def test_both_ring_in_the_same_second_and_both_hear(two: tuple[Process, Process]) -> None:
    one, other = two
    await share(one, other)
    await one.fail()
    await other.villager.workers.delivery.hosts.failed(Host("b.test"), not_before=None)
    for _ in range(4):
        await other.villager.workers.delivery.hosts.failed(Host("b.test"), not_before=None)
    await share(one, other, one)
    assert [len(each.villager.workers.delivery.hosts) for each in two] == [2, 2]


async def test_what_one_learns_of_signatures_the_other_uses(two: tuple[Process, Process]) -> None:
    one, other = two
    await share(one, other)
    await one.villager.node.schemes.worked(HOST, "rfc9421")
    await share(one, other)
    assert await other.villager.node.schemes.first(HOST) == "rfc9421"


async def test_an_actor_who_writes_to_both_is_told_to_wait_by_both(
    two: tuple[Process, Process], village: Village
) -> None:
    given = 0
    for _ in range(30):
        given += sum(each.given(30) for each in two)
        await share(*two)
        village.clock.move(seconds=1)
    alone = 100 + 10 * 29
    assert alone <= given < 1.3 * alone + 100


async def test_all_budgets_of_strangers_are_told(both: Both, us: Villager) -> None:
    async with AsyncExitStack() as stack:
        process = await a_process(us, both[0], stack)
        now = us.node.now()
        for turn in range(5):
            process.app[STRANGERS].budget.spend(7, now)
            process.app[RECEIVER].budget.spend(ANN, now)
            process.villager.node.resolver.key_budget.take(Host(f"{turn}.example"), now, asker=7)
        await share(process)
        later = now + timedelta(hours=1)
        assert (
            await both[0].remove_spending(before=later, limit=99) == 5
        )  # address, actor, host, who asks for keys, all who do


async def test_a_quiet_second_asks_the_store_once_for_each_table(us: Villager) -> None:
    store = Away(us.node.store)
    async with AsyncExitStack() as stack:
        process = await a_process(us, store, stack)
        await share(process)
        store.asked.clear()
        await share(process, process)
        assert store.asked == ["list_news"] * 4


async def test_our_own_news_is_no_reason_to_read_again(us: Villager) -> None:
    store = Away(us.node.store)
    async with AsyncExitStack() as stack:
        process = await a_process(us, store, stack)
        await share(process)
        await process.fail()
        store.asked.clear()
        await share(process)
        assert store.asked == ["ring", "list_news", "list_news"]


async def test_a_store_that_is_away_breaks_nothing_and_is_told_once(
    us: Villager, caplog: pytest.LogCaptureFixture
) -> None:
    store = Away(us.node.store)
    caplog.set_level(logging.INFO, "node.sharing")
    async with AsyncExitStack() as stack:
        one, other = await a_process(us, store, stack), await a_process(us, Shared(us.node.store), stack)
        await share(one, other)
        await one.fail()
        store.is_away = True
        assert one.given(50) == 50
        await share(one, one, one)
        assert one.given(100) == 50
        store.is_away = False
        await share(one, one, other)
        assert other.rests()
    words = [record.getMessage() for record in caplog.records]
    told = [f"shared {name} {what}" for name in ("budgets", "hosts", "schemes") for what in ("go on", "halted")]
    assert sorted(words) == told


async def test_a_home_without_its_key_shares_what_needs_none(us: Villager, caplog: pytest.LogCaptureFixture) -> None:
    (us.node.config.home / "keys" / "log.pem").unlink()
    async with AsyncExitStack() as stack:
        one, other = [await a_process(us, Shared(us.node.store), stack) for _ in range(2)]
        await one.fail()
        await share(one, other)
        assert other.rests()
    assert [record.getMessage() for record in caplog.records] == ["budgets are not shared with other processes"] * 2


async def test_copies_of_a_home_have_the_same_secret_and_other_homes_another(village: Village, tmp_path: Path) -> None:
    one, other = await village.add("one"), await village.add("other")
    shutil.copytree(one.node.config.home / "keys", tmp_path / "copy" / "keys")
    copied = type(one.node.vault)(tmp_path / "copy")
    assert copied.secret("spending") == one.node.vault.secret("spending")
    assert (
        len({one.node.vault.secret("spending"), one.node.vault.secret("x"), other.node.vault.secret("spending")}) == 3
    )
    assert one.node.vault.log_key().private_bytes_raw() != one.node.vault.secret("spending")


@dataclass(slots=True)
class Pauses:
    """Ends at once, and says how many there were."""

    seconds: list[float] = field(default_factory=list)
    third: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == 3:
            self.third.set()
        await asyncio.sleep(0)


async def live(villager: Villager) -> AsyncIterator[None]:
    app = web.Application()
    return sharing_lifecycle(villager.node, villager.workers.delivery)(app)


async def test_a_process_shares_each_second_for_as_long_as_it_lives(us: Villager) -> None:
    pauses = Pauses()
    async with a_twin(us, Shared(us.node.store), pauses) as twin:
        life = await live(twin)
        await anext(life)
        await pauses.third.wait()
        assert await anext(life, "over") == "over"
        assert set(pauses.seconds) == {1.0}
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "sharing"]


async def test_nothing_runs_where_a_process_has_its_store_alone(us: Villager) -> None:
    before = asyncio.all_tasks()
    life = await live(us)
    await anext(life)
    assert asyncio.all_tasks() == before
    bucket = next(iter(us.node.resolver.key_budget.buckets.values()))
    assert bucket._taken is None
    assert await anext(life, "over") == "over"
