"""Running a node: what its operators see, what nobody else does, and what strangers may use."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from federation.log.fan_out import CURSOR
from node.context import Node
from node.logs import FactFormatter, JsonFormatter
from node.web.operators import readiness, routes
from node.web.operators.routes import ROUTES, build_operators
from storage.errors import StorageError
from tests.adversary.stage import all_rows
from tests.privacy.searching import find, find_in_folder
from tests.stories.strangers import ACTIVITY, send
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401
from tests.village import Village, Villager

BURST: Final = 2000


@asynccontextmanager
async def operators(node: Node) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(build_operators(node))) as client:
        yield client


async def ask(node: Node, path: str) -> tuple[int, str]:
    async with operators(node) as client, client.get(path) as answer:
        return answer.status, await answer.text()


async def metrics(node: Node) -> dict[tuple[str, str], float]:
    """Every sample by its name and the value of its label."""
    _, text = await ask(node, "/-/metrics")
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, " ".join(sample.labels.values())): sample.value for sample in samples}


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    us.node.metrics.beat("inbox")
    us.node.metrics.beat("delivery")
    await village.settle()
    return us


async def test_a_node_that_works_is_alive_and_ready(us: Villager) -> None:
    assert await ask(us.node, "/-/live") == (200, "alive\n")
    assert await ask(us.node, "/-/ready") == (200, "ready\n")


async def test_nothing_of_it_is_on_the_public_listener(us: Villager) -> None:
    paths = [route.path for route in ROUTES]
    assert paths == ["/-/live", "/-/ready", "/-/metrics"]
    async with aiohttp.ClientSession() as session:
        for path in [*paths, "/-/", "/-"]:
            async with session.get(f"{us.node.config.url}{path}") as answer:
                assert answer.status == 404


async def test_a_worker_that_says_nothing_any_more_is_named(us: Villager) -> None:
    us.node.metrics.beats["delivery"] -= 61
    assert await ask(us.node, "/-/ready") == (503, "delivery: The delivery worker has stopped working.\n")
    del us.node.metrics.beats["inbox"]
    assert "inbox: The inbox worker has stopped working." in (await ask(us.node, "/-/ready"))[1]
    assert (await ask(us.node, "/-/live"))[0] == 200


async def test_a_full_disk_is_named(us: Villager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1))
    assert (await ask(us.node, "/-/ready")) == (503, "disk: The disk is full: nothing can be published or received.\n")


async def test_a_store_that_fails_is_named_and_metrics_go_on(us: Villager, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_self: object) -> int:
        raise StorageError("The disk has gone.")

    monkeypatch.setattr(type(us.node.store), "size", fail)
    assert await ask(us.node, "/-/ready") == (503, "store: The disk has gone.\n")
    found = await metrics(us.node)
    assert ("picketline_log_entries", "") not in found
    assert found["process_resident_memory_bytes", ""] > 10_000_000


async def test_a_store_that_hangs_is_named_and_metrics_go_on(us: Villager, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_self: object) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(type(us.node.store), "size", hang)
    monkeypatch.setattr(readiness, "STORE_SECONDS", 0.01)
    monkeypatch.setattr(routes, "STORE_SECONDS", 0.01)
    assert await ask(us.node, "/-/ready") == (503, "store: The store did not answer within 0.01 s.\n")
    assert ("picketline_log_entries", "") not in await metrics(us.node)


async def test_a_reader_of_the_record_that_stands_still_is_named_after_a_minute(us: Villager) -> None:
    await us.do("post", handle="union", text="We walked out")
    now = us.node.metrics.clock()
    async with operators(us.node) as client:
        answers = []
        for later in (0, 59, 61):
            us.node.metrics.clock = lambda later=later: now + later  # type: ignore[misc]
            us.node.metrics.beat("inbox")
            us.node.metrics.beat("delivery")
            async with client.get("/-/ready") as answer:
                answers.append((answer.status, await answer.text()))
        assert [status for status, _ in answers] == [200, 200, 503]
        assert answers[2][1] == "log:deliveries: The deliveries of 1 entries of the record have not been made.\n"
        await us.node.fan_out.catch_up()
        async with client.get("/-/ready") as answer:
            assert answer.status == 200
    assert await us.node.store.get_cursor(CURSOR) == await us.node.store.size()


async def test_what_happens_is_counted_and_nobody_is_named(scene: Scene) -> None:  # noqa: F811
    us, mal = scene.us, scene.mal
    before = await metrics(us.node)
    assert before["picketline_inbox_accepted_total", "new"] == 1  # the Accept of the scene
    body, headers = mal.signed(scene.inbox, follow(scene, mal), scene.village.clock())
    assert [await send(scene.inbox, body, headers) for _ in range(2)] == [202, 202]
    assert await send(scene.inbox, body + b" ", headers) == 401
    assert await send(scene.inbox, b"{}", {"Content-Type": ACTIVITY}) == 401
    assert await send(scene.inbox, b"{}", {"Content-Type": "text/plain"}) == 415
    await us.do("post", handle="strike", text="We walked out")
    waiting = await metrics(us.node)
    assert waiting["picketline_inbox_waiting", ""] == 1
    assert waiting["picketline_log_behind", "deliveries"] == 1
    await scene.village.settle()
    after = await metrics(us.node)
    assert after["picketline_inbox_accepted_total", "new"] == 2
    assert after["picketline_inbox_accepted_total", "known"] == 1
    assert after["picketline_inbox_refused_total", "BadSignature"] == 1
    assert after["picketline_inbox_refused_total", "http_401"] == 1
    assert after["picketline_inbox_refused_total", "http_415"] == 1
    assert after["picketline_inbox_seconds_count", ""] == 6
    assert after["picketline_delivery_attempts_total", "delivered"] >= 1
    assert after["picketline_publish_seconds_count", ""] == 1
    assert after["picketline_publish_seconds_bucket", "+Inf"] == 1
    assert after["picketline_log_behind", "deliveries"] == 0
    assert after["picketline_log_entries", ""] == await us.node.store.size()
    _, text = await ask(us.node, "/-/metrics")
    assert [word for word in ("127.0.0.1", "/eve", "strike", "did:key", "http://") if word in text] == []


async def test_resting_hosts_and_what_waits_for_them_are_counted(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await scene.village.settle()
    scene.mal.site.answer("/eve/inbox", status=503)
    for number in range(6):
        await scene.us.do("post", handle="strike", text=f"Day {number}")
        await scene.village.settle()
    found = await metrics(scene.us.node)
    assert found["picketline_hosts_resting", ""] == 1
    assert found["picketline_deliveries_waiting", "resting"] == 6
    assert found["picketline_deliveries_waiting", "trying"] == 0
    assert found["picketline_delivery_attempts_total", "put off"] >= 5


async def test_one_address_gets_429_and_others_are_unhurt(scene: Scene) -> None:  # noqa: F811
    """DOS-15, before anybody has signed anything; behind a web server on this machine."""
    flooding = {"Content-Type": ACTIVITY, "X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    statuses: list[int] = []
    async with aiohttp.ClientSession() as session:
        for number in range(BURST + 5):
            claimed = {**flooding, "X-Forwarded-For": f"198.51.100.{number % 250}, 203.0.113.9"}
            async with session.post(scene.inbox, data=b"{}", headers=claimed) as answer:
                statuses.append(answer.status)
                retry_after = answer.headers.get("Retry-After")
    assert statuses == [401] * BURST + [429] * 5
    assert retry_after == "1"
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, {**headers, "X-Forwarded-For": "203.0.113.10"}) == 202
    assert await send(scene.inbox, body, {**headers, "X-Forwarded-For": "203.0.113.9"}) == 429
    scene.village.clock.move(seconds=1)
    assert await send(scene.inbox, body, {**headers, "X-Forwarded-For": "203.0.113.9"}) == 202
    assert (await metrics(scene.us.node))["picketline_inbox_refused_total", "TooMany"] == 6


class Listening(logging.Handler):
    """Keeps every line in both forms, down to the last detail."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [FactFormatter().format(record), JsonFormatter().format(record)]


@pytest.fixture
def listening() -> Iterator[Listening]:
    handler, root = Listening(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


async def test_logs_of_a_full_story_hold_nobody(listening: Listening, scene: Scene) -> None:  # noqa: F811
    """SEC-08: addresses, agents, tokens, names and words that were planted are in no line, at any level."""
    planted = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "planted-agent/1", "Cookie": "planted-cookie"}
    us, mal = scene.us, scene.mal
    person = mal.actor("planted-person")
    key_id, now = f"{person}#main-key", scene.village.clock()
    body, headers = mal.signed(scene.inbox, mal.activity("Follow", scene.campaign, person), now, key_id=key_id)
    assert await send(scene.inbox, body, {**headers, **planted}) == 202
    assert await send(scene.inbox, body + b" ", {**headers, **planted}) == 401
    note = mal.activity("Create", mal.note("planted-note", "<p>planted-words</p>", person), person)
    body, headers = mal.signed(scene.inbox, note, now, key_id=key_id)
    assert await send(scene.inbox, body, {**headers, **planted}) == 202
    async with aiohttp.ClientSession(headers=planted) as session:
        for path in ("/?token=planted-token", "/nothing/planted-path", "/@strike", "/inbox"):
            async with session.get(f"{us.node.config.url}{path}") as answer:
                assert answer.status in (200, 404, 405)
    await us.do("post", handle="strike", text="We walked out, planted-update")
    await scene.village.settle()
    mal.site.answer("/planted-person/inbox", status=500)
    await us.do("post", handle="strike", text="Second")
    await scene.village.settle()
    assert listening.lines
    ours = [line for line in listening.lines if "aiohttp." not in line and "asyncio" not in line]
    found = [line for line in ours if "planted" in line or "203.0.113.77" in line]
    assert found == []
    told = ("203.0.113.77", "planted-agent", "planted-cookie", "planted-token", "planted-path")
    rows = "\n".join(row for table in (await all_rows(us.node.store)).values() for row in table)
    assert (find(told, rows.encode()), find_in_folder(told, us.node.config.home)) == (set(), {})
