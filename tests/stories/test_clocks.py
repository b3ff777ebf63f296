"""Clocks apart from the store's server: refused at the start, and while a process runs it stops until they agree."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from node.actions.doctor import check
from node.actions.look_around import look_at_processes
from node.actions.look_outside import look_at_proxy
from node.cli.reading import text
from node.errors import ClockWrong
from node.presence import Presence, presence_of
from node.probes import Probes
from node.server_clock import ServerClock
from node.version import VERSION
from storage.records import Process
from storage.store import Store
from tests.sharing import Machines
from tests.village import START, Clock, Village, Villager


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(monkeypatch)


@pytest.fixture
async def us(machines: Machines, village: Village) -> Villager:
    return await village.add("koreno")


class Server:
    """A store's server with a clock of its own, that may take its time to answer."""

    def __init__(self, ahead: float, clock: Clock, *, takes: float = 0) -> None:
        self.ahead, self.clock, self.takes = ahead, clock, takes

    async def find_server_time(self) -> datetime:
        self.clock.move(seconds=self.takes)
        return START + timedelta(seconds=self.ahead)


@pytest.mark.parametrize(
    ("ahead", "takes", "says"),
    [(60, 0, "60 s slow"), (-11, 0, "11 s fast"), (10, 0, None), (-10, 0, None), (25, 20, None), (45, 20, "25 s slow")],
)
async def test_clocks_may_be_ten_seconds_apart_and_as_much_as_the_answer_took(
    ahead: float, takes: float, says: str | None
) -> None:
    clock = Clock()
    watched = ServerClock(Server(ahead, clock, takes=takes).find_server_time, clock)
    if says is None:
        await watched.refuse_wrong()
        assert watched.may_claim()
    else:
        with pytest.raises(ClockWrong, match=f"{says}.*timedatectl"):
            await watched.refuse_wrong()
        assert not watched.may_claim()


async def test_where_no_server_is_there_is_nothing_to_compare_with(village: Village) -> None:
    us = await village.add("koreno")
    await us.node.server_clock.refuse_wrong()
    assert us.node.server_clock.is_right


async def watching(us: Villager, machines: Machines, village: Village) -> Presence:
    presence = presence_of(us.node, "serve")
    machines.server_clock = village.clock
    await presence.run_once()
    return presence


async def test_a_clock_that_goes_wrong_stops_work_until_it_is_right_and_is_told_once(
    us: Villager, machines: Machines, village: Village, caplog: pytest.LogCaptureFixture
) -> None:
    harbour = await village.add("harbour")
    presence = await watching(us, machines, village)
    await harbour.do("follow", address=f"union@{us.node.locations.host}")
    await harbour.work()
    machines.server_clock = lambda: village.clock() + timedelta(seconds=30)
    for _ in range(9):
        village.clock.move(seconds=15)
        await presence.run_once()
    with pytest.raises(ClockWrong, match="30 s slow"):
        await us.do("post", handle="union", text="words")
    assert 0 == await us.work()
    machines.server_clock = village.clock
    village.clock.move(minutes=1)
    await presence.run_once()
    assert text(await us.do("post", handle="union", text="words"), "id")
    assert 0 < await us.work()
    told = [record.levelname for record in caplog.records if "the clock is" in record.message]
    assert ["ERROR", "WARNING"] == told


async def test_each_process_is_seen_until_it_ends_or_says_nothing_for_a_minute(
    us: Villager, machines: Machines, village: Village
) -> None:
    serve = await watching(us, machines, village)
    village.clock.move(seconds=1)
    worker = presence_of(us.node, "worker")
    await worker.run_once()
    seen = await us.node.store.list_processes()
    assert [("worker", VERSION), ("serve", VERSION)] == [(each.kind, each.version) for each in seen]
    await worker.end()
    assert ["serve"] == [each.kind for each in await us.node.store.list_processes()]
    village.clock.move(seconds=62)
    other = replace(worker, process=replace(worker.process, id="other"))
    await other.run_once()
    assert ["other"] == [each.id for each in await us.node.store.list_processes()]
    await serve.end()


class Slow:
    """A store that keeps a word only after a while, whether or not whoever sent it still waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def save_process(self, process: Process, *, gone_before: datetime) -> None:
        self.saving = asyncio.ensure_future(self._save(process, gone_before))
        await asyncio.shield(self.saving)

    async def _save(self, process: Process, gone_before: datetime) -> None:
        self.reached.set()
        await self.opened.wait()
        await self._store.save_process(process, gone_before=gone_before)

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._store, verb)


async def test_a_word_under_way_at_the_end_does_not_outlive_it(village: Village) -> None:
    us = await village.add("koreno")
    slow = Slow(us.node.store)
    presence = presence_of(replace(us.node, store=cast("Store", slow)), "worker")
    saying = asyncio.create_task(presence.run_once())
    await slow.reached.wait()
    saying.cancel()
    with suppress(asyncio.CancelledError):
        await saying
    ending = asyncio.create_task(presence.end())
    await asyncio.sleep(0)
    slow.opened.set()
    await asyncio.gather(ending, slow.saving)
    assert [] == await us.node.store.list_processes()


async def test_check_counts_the_processes_and_tells_of_another_release(
    us: Villager, machines: Machines, village: Village
) -> None:
    async def seen() -> tuple[str, str]:
        found = await look_at_processes(us.node)
        return found.level, found.says

    assert ("warn", "No process works on the store, so nothing is delivered.") == await seen()
    serve = await watching(us, machines, village)
    assert ("ok", "Work on the store: 1 server.") == await seen()
    for number in range(2):
        await presence_of(us.node, "worker").run_once()
        assert f"1 server and {number + 1} worker" in (await seen())[1]
    serve.process = replace(serve.process, version="0.0.1")
    await serve.run_once()
    level, says = await seen()
    assert ("warn", True) == (level, f"1 of 0.0.1, 2 of {VERSION}" in says)


async def test_one_that_was_killed_alone_is_not_at_work_a_minute_later(
    us: Villager, machines: Machines, village: Village
) -> None:
    await watching(us, machines, village)
    village.clock.move(seconds=62)
    assert "No process works on the store, so nothing is delivered." == (await look_at_processes(us.node)).says


async def test_a_store_that_is_away_is_one_finding_and_what_needs_none_is_looked_at(
    us: Villager, machines: Machines
) -> None:
    machines.go()
    found = await check(us.node)
    machines.go(away=False)
    assert ["settings", "store", "disk", "parts"] == [each.what for each in found]
    assert ("fail", True) == (found[1].level, "does not answer" in found[1].says)


async def test_where_another_server_answers_at_the_address_check_says_so(
    us: Villager, machines: Machines, village: Village
) -> None:
    serve = await watching(us, machines, village)
    here = replace(us.node, probes=Probes())
    assert ("ok", True) == ((found := await look_at_proxy(here)).level, "Another server" in found.says)
    with_doors = replace(us.node, probes=Probes(has_doors=True))
    assert "two stores of one union go apart" in (await look_at_proxy(with_doors)).says
    await serve.end()
    assert ("fail", True) == ((found := await look_at_proxy(here)).level, "go apart" in found.says)


async def test_check_says_when_the_clock_is_apart_from_the_stores_server(
    us: Villager, machines: Machines, village: Village
) -> None:
    machines.server_clock = lambda: village.clock() - timedelta(minutes=1)
    found = next(finding for finding in await check(us.node) if finding.what == "clock")
    assert ("fail", True, True) == (found.level, "60 s fast" in found.says, "timedatectl" in found.do)


async def test_one_process_on_a_file_is_nothing_to_count(village: Village) -> None:
    us = await village.add("koreno")
    if not us.node.store.is_shared:
        assert "The store is a file, so one process has it." == (await look_at_processes(us.node)).says
