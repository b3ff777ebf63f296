"""`check` from outside in: our address, what the web server in front makes of requests, certificate and clock."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from federation.httpsig.times import http_date
from node.actions.doctor import check, words_for
from node.actions.findings import Finding
from node.actions.look_outside import (
    judge_arrival,
    look_at_address,
    look_at_certificate,
    look_at_clock,
    look_at_proxy,
)
from node.context import Node
from node.probes import Arrival
from storage.ids import Host
from tests.federation.loopback import Names
from tests.federation.test_wire_gate import self_signed
from tests.village import START, Villager, village

Bend = Callable[[dict[str, str]], None]


@pytest.fixture
async def us(tmp_path: Path) -> AsyncIterator[Villager]:
    async with village(tmp_path) as built:
        yield await built.add("koreno")


@asynccontextmanager
async def behind(us: Villager, bend: Bend) -> AsyncIterator[Node]:
    """The node as one sees it whose address leads to a web server in front, which does something to the headers."""

    async def pass_on(request: web.Request) -> web.Response:
        headers = {"Host": us.node.locations.host, "Accept": request.headers["Accept"], "X-Forwarded-For": "192.0.2.9"}
        bend(headers)
        async with aiohttp.ClientSession() as session:
            url = f"{us.node.config.url}{request.raw_path}"
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                kind = {"Content-Type": answer.headers["Content-Type"]}
                return web.Response(status=answer.status, body=await answer.read(), headers=kind)

    app = web.Application()
    app.add_routes([web.get("/{rest:.*}", pass_on)])
    async with TestServer(app, host="127.0.0.1") as server:
        yield replace(us.node, config=replace(us.node.config, url=f"http://127.0.0.1:{server.port}"))


async def test_a_node_that_answers_at_its_address_is_well(us: Villager) -> None:
    findings = await check(us.node)
    assert [(one.what, one.says) for one in findings if one.level == "fail"] == []
    by_name = {one.what: one.says for one in findings}
    assert by_name["address"] == f"@union@{us.node.locations.host} answers at its address."
    assert by_name["proxy"] == "Requests arrive with their Host."
    assert "aiohttp 3." in by_name["parts"]


async def test_an_address_where_another_answers_is_found(us: Villager, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    async with village(tmp_path / "elsewhere") as built:
        other = await built.add("other")
        node = replace(us.node, config=replace(us.node.config, url=other.node.config.url))
        found = await look_at_address(node)
        assert (found.level, "not this node that answers" in found.says) == ("fail", True)
        found = await look_at_proxy(node)
        assert (found.level, "not this node that answers" in found.says) == ("fail", True)


async def test_a_web_server_that_changes_the_host_is_found(us: Villager) -> None:
    async with behind(us, lambda headers: headers.update(Host="127.0.0.1:8021")) as node:
        found = await look_at_proxy(node)
    assert (found.level, "arrive with the Host “127.0.0.1:8021”" in found.says) == ("fail", True)
    assert "proxy_set_header Host" in found.do


async def test_a_web_server_that_keeps_the_host_and_tells_the_client_is_well(us: Villager) -> None:
    async with behind(us, lambda _headers: None) as node:
        assert (await look_at_proxy(node)).level == "ok"


def hide_client(headers: dict[str, str]) -> None:
    del headers["X-Forwarded-For"]


async def test_a_web_server_that_hides_the_client_is_found(us: Villager) -> None:
    async with behind(us, hide_client) as node:
        assert (await look_at_proxy(node)).level == "ok"  # nobody stands in front of a node for trying out
    arrival = Arrival(host=us.node.locations.host, peer_is_trusted=True, tells_client=False)
    found = judge_arrival(arrival, us.node.locations.host, dev=False)
    assert (found.level, "does not say who asks" in found.says) == ("warn", True)


def test_a_web_server_that_is_not_trusted_is_found() -> None:
    arrival = Arrival(host="Union.example", peer_is_trusted=False, tells_client=True)
    found = judge_arrival(arrival, "union.example", dev=False)
    assert (found.level, "`trusted_proxies`" in found.do) == ("warn", True)


def test_a_node_without_a_web_server_in_front_is_well() -> None:
    arrival = Arrival(host="union.example", peer_is_trusted=False, tells_client=False)
    assert judge_arrival(arrival, "union.example", dev=False).level == "ok"


async def test_nobody_can_answer_a_probe_that_was_not_sent(us: Villager) -> None:
    async with aiohttp.ClientSession() as session:
        for number in ("", "guess", "x" * 5000):
            async with session.get(f"{us.node.config.url}/.well-known/nodeinfo?probe={number}") as answer:
                assert answer.status == 200
    assert us.node.probes.end("guess") is None
    assert us.node.probes._under_way == {}


async def test_an_address_that_does_not_answer_is_one_failure_with_its_cure(us: Villager) -> None:
    node = replace(us.node, config=replace(us.node.config, url="http://127.0.0.1:9"))
    found = await look_at_address(node)
    assert (found.level, found.do.startswith("Start the node")) == ("fail", True)
    assert (await look_at_proxy(node)).level == "warn"


@pytest.mark.parametrize(
    ("host", "days", "is_trusted", "level", "says"),
    [
        ("name.test", 90, True, "ok", "good for another"),
        ("name.test", 5, True, "warn", "After that nobody gets through."),
        ("name.test", -1, True, "fail", "has expired"),
        ("other.test", 90, True, "fail", "made for another name"),
        ("name.test", 90, False, "fail", "not signed by anybody whom this machine trusts"),
    ],
)
async def test_what_is_wrong_with_the_certificate_is_told(
    us: Villager,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: int,
    is_trusted: bool,
    level: str,
    says: str,
) -> None:
    public, private = self_signed(tmp_path, timedelta(days=days))
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    server = TestServer(web.Application(), host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)
    around = replace(
        us.node.surroundings,
        names=Names(name_test="127.0.0.1", other_test="127.0.0.1"),
        now=lambda: datetime.now(UTC),
    )
    config = replace(us.node.config, url=f"https://{host}:{server.port}")
    found = await look_at_certificate(replace(us.node, config=config, surroundings=around))
    await server.close()
    assert (found.level, says in found.says) == (level, True), found
    assert bool(found.do) == (level != "ok")


async def heard(us: Villager, *seconds: float) -> Finding:
    for number, fast in enumerate(seconds):
        us.node.heard_dates.note(Host(f"peer{number}.example"), http_date(START - timedelta(seconds=fast)))
    return await look_at_clock(us.node)


@pytest.mark.parametrize(
    ("offsets", "level", "says"),
    [
        ((), "ok", "no server answered lately"),
        ((3, 0, -2), "ok", "agrees with 3 servers"),
        ((90, 90, 0), "warn", "90 s fast"),
        ((-90,), "warn", "90 s slow, compared with one server"),
        ((400, 400, 0), "fail", "400 s fast"),
        ((4000,), "warn", "4000 s fast, compared with one server"),
    ],
)
async def test_the_clock_is_compared_with_those_of_others(
    us: Villager, offsets: tuple[float, ...], level: str, says: str
) -> None:
    found = await heard(us, *offsets)
    assert (found.level, says in found.says) == (level, True), found


async def test_servers_that_answer_us_are_heard(tmp_path: Path) -> None:
    async with village(tmp_path) as built:
        dockers, nurses = await built.add("dockers"), await built.add("nurses")
        await nurses.do("follow", address=dockers.node.union_actor)
        await built.settle()
        assert len(nurses.node.heard_dates._heard) == 1


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(days=3, hours=5), "3 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(seconds=0), "0 seconds"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_durations_in_words(time: timedelta, words: str) -> None:
    assert words == words_for(time)
