"""The store's server is away for a while: whoever asks is told to come again, and work goes on by itself afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import aiohttp
import pytest

from node.cli.reading import text
from node.web.peers.routes import ROUTES as PEER_ROUTES
from node.web.readers.routes import ROUTES as READER_ROUTES
from node.work import working
from storage.errors import StoreAway
from storage.store import Store
from tests.sharing import Machines, Served
from tests.village import Village, Villager

_PARTS = {
    "{handle}": "strike",
    "{serial}": "1",
    "{tag}": "a",
    "{name}": "1",
    "{digest}": "0" * 64,
    "{did}": "did:key:z6Mk",
    "{form}": "atom",
}
_WAITS = (
    "delivery.worker.POLL", "inbox.worker._AFTER_A_FAULT", "inbox.worker._IDLE", "moves.worker._IDLE",
    "mirror.asked._IDLE", "mirror.asked._SHORT",
)  # fmt: skip
_WITHOUT_STORE = {"style", "icon", "robots", "host_meta", "nodeinfo_links"}


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(monkeypatch)


@pytest.fixture
async def us(machines: Machines, village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


def addresses() -> list[tuple[str, str]]:
    """Every public route with something in its blanks; and the ways to ask."""
    found = []
    for route in [*PEER_ROUTES, *READER_ROUTES]:
        path = route.path
        for blank in [part for part in path.replace("}", "}\n").splitlines() if "{" in part]:
            name = blank[blank.index("{") :]
            plain = "{" + name.strip("{}").partition(":")[0] + "}"
            path = path.replace(name, _PARTS.get(plain, "1"))
        found.append((route.method, path))
    return found


@pytest.mark.parametrize("accept", ["text/html", "application/activity+json"])
async def test_no_route_answers_500_while_the_store_is_away_and_503_says_when_to_come_again(
    us: Villager, machines: Machines, accept: str
) -> None:
    machines.go()
    headers = {"Accept": accept, "Content-Type": "application/activity+json", "Signature": 'keyId="x"'}
    seen = set()
    async with aiohttp.ClientSession() as session:
        for method, path in addresses():
            async with session.request(
                method, us.node.config.url + path, headers=headers, data=b"{}" if method == "POST" else None
            ) as answer:
                assert answer.status != 500, path
                assert (answer.status == 503) == ("Retry-After" in answer.headers), path
                seen.add(answer.status)
    assert 503 in seen


async def test_a_page_that_is_kept_is_still_read_and_any_other_is_asked_for_again(
    us: Villager, machines: Machines
) -> None:
    async with aiohttp.ClientSession() as session:
        url = us.node.config.url

        async def status(path: str) -> int:
            async with session.get(url + path) as answer:
                return answer.status

        assert 200 == await status("/")
        machines.go()
        assert (200, 503) == (await status("/"), await status("/@strike"))
        machines.go(away=False)
        assert 200 == await status("/@strike")


async def test_a_thousand_requests_meanwhile_are_one_line_in_the_log(
    us: Villager, machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    machines.go()
    async with aiohttp.ClientSession() as session:
        for number in range(100):
            async with session.get(f"{us.node.config.url}/@strike?before={number}") as answer:
                assert 503 == answer.status
    assert ["requests and deliveries halted"] == [record.message for record in caplog.records]


async def test_what_was_acknowledged_has_its_effect_when_the_store_is_back(
    us: Villager, machines: Machines, village: Village
) -> None:
    harbour = await village.add("harbour")
    await harbour.do("follow", address=f"strike@{us.node.locations.host}")
    await harbour.work()
    assert 1 == (await us.node.store.count_received())["waiting"]
    machines.go()
    for _ in range(9):
        with pytest.raises(StoreAway):
            await us.workers.inbox.run_once()
        village.clock.move(minutes=3)
    machines.go(away=False)
    await village.settle()
    strike = us.node.locations.actor("strike")
    assert 1 == await us.node.store.count_followers(strike, state="accepted")


async def until(happened: Callable[[], object]) -> None:
    """A test that waits in vain fails by its timeout."""
    while not happened():  # noqa: ASYNC110 — the store has no event
        await asyncio.sleep(0)


async def delivered(store: Store) -> bool:
    found = await store.list_deliveries(None, None, after=None, limit=9)
    return any(each.type == "Create" and each.state == "delivered" for each in found)


async def test_every_loop_goes_on_by_itself_and_says_so_once(
    us: Villager,
    machines: Machines,
    village: Village,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for waits in _WAITS:
        monkeypatch.setattr(f"federation.{waits}", timedelta())
    caplog.set_level("INFO")
    harbour = await village.add("harbour")
    await harbour.do("follow", address=f"union@{us.node.locations.host}")
    await village.settle()
    ours = cast("Served", us.node.store)
    async with working(us.node):
        machines.go()
        await until(lambda: ours.refused > 300)
        machines.go(away=False)
        assert text(await us.do("post", handle="union", text="words"), "id")
        while not await delivered(us.node.store):  # noqa: ASYNC110
            await asyncio.sleep(0)
        await until(lambda: len(told(caplog, "go on")) == len(told(caplog, "halted")))
    assert {"requests and deliveries", "effects", "moves", "words of who works here"} <= set(told(caplog, "halted"))
    assert len(set(told(caplog, "halted"))) == len(told(caplog, "halted"))
    assert not [record for record in caplog.records if record.exc_info]


def told(caplog: pytest.LogCaptureFixture, what: str) -> list[str]:
    return [record.message.removesuffix(f" {what}") for record in caplog.records if record.message.endswith(what)]
