"""Outgoing requests on every path: no packet leaves for what is not public, and no name is asked in vain."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from tests.adversary.connects import leaving
from tests.adversary.far import OURS, open_far
from tests.adversary.paths import FOLLOWS, PATHS, Walker
from tests.federation.loopback import Names, Site, open_site
from tests.stories.strangers import open_stranger, send
from tests.stories.test_refusals import Scene
from tests.village import Village

CLOSED: Final = (
    *("127.0.0.1", "[::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "[fd00::1]", "0.0.0.0", "[::]"),  # noqa: S104
    *("169.254.169.254", "100.64.0.1", "[fe80::1]"),
    *("198.18.0.1", "192.0.2.1", "203.0.113.1", "[2001:db8::1]", "224.0.0.1", "[ff02::1]", "240.0.0.1"),
    *(
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "[2001:0:7f00:1::1]",
        "[fec0::1]",
    ),
)
SPELLED: Final = ("127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:7f00:1]", "①②⑦.0.0.1")
PORTS: Final = tuple(f"https://peer.test:{port}" for port in (22, 25, 6379, 8080))
HIDING: Final = (
    *("file:///etc/passwd", "data:text/html,x", "gopher://peer.test", "http://peer.test"),
    *PORTS,
    *("https://user@peer.test", "https://user:word@peer.test", "https://peer.test\r\nX: y", "https://peer.test\x00"),
    *("https://peer.test\\@10.0.0.1", "https://peer.test/" + "a" * 10_000),
)
HIDDEN_IN: Final = {
    "webfinger": tuple(base for base in HIDING if base not in {"http://peer.test", "gopher://peer.test"}),
    "mention": PORTS,
}
"""`eve@peer.test` names no scheme; and a mention ends in a text where its host does."""
each_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture
def names() -> Names:
    named = {f"closed{number}_test": address.strip("[]") for number, address in enumerate(CLOSED)}
    return Names(peer_test="127.0.0.1", union_example="127.0.0.1", **named)


@pytest.fixture
async def far(tmp_path: Path, names: Names) -> AsyncIterator[Walker]:
    """Our node with its real gate."""
    async with open_far(tmp_path, names) as far:
        yield far


@pytest.fixture
async def near(village: Village) -> Walker:
    """Our node on loopback, where loopback is as good as public."""
    us = await village.add("koreno")
    return Walker(us=us, clock=village.clock, door=us.node.config.url)


def own_ports(walker: Walker) -> list[int]:
    """Of our own door, and of the store's server where it has one."""
    store = urlsplit(walker.us.node.config.store).port
    return [int(walker.door.rpartition(":")[2]), *([store] if store else [])]


@each_path
async def test_ssrf_01_to_04_no_path_connects_to_an_address_that_is_not_public(far: Walker, path: str) -> None:
    for host in (*CLOSED, *SPELLED):
        with leaving() as left:
            await PATHS[path](far, f"https://{host}")
        assert (host, [], []) == (
            host,
            left.beyond(*own_ports(far)),
            [name for name in left.lookups if name != "127.0.0.1"],
        )
        far.clock.move(minutes=5)


@each_path
async def test_ssrf_01_to_04_no_path_connects_to_a_name_that_leads_there(far: Walker, names: Names, path: str) -> None:
    for number in range(len(CLOSED)):
        with leaving() as left:
            await PATHS[path](far, f"https://closed{number}.test")
        assert (CLOSED[number], []) == (CLOSED[number], left.beyond(*own_ports(far)))
        assert names.asked[f"closed{number}.test"] >= 1  # it came as far as the gate
        far.clock.move(minutes=5)


@each_path
async def test_ssrf_11_to_13_a_url_that_hides_something_is_refused_before_any_look_up(
    far: Walker, names: Names, path: str
) -> None:
    for base in HIDDEN_IN.get(path, HIDING):
        with leaving() as left:
            await PATHS[path](far, base)
        assert (base, []) == (base, left.beyond(*own_ports(far)))
        assert (base, {}) == (base, {**names.asked})
        far.clock.move(minutes=5)


@each_path
async def test_ssrf_18_no_path_asks_ourselves(far: Walker, names: Names, path: str) -> None:
    for spelling in (OURS, "UNION.example", f"{OURS}.", f"{OURS}:443"):
        with leaving() as left:
            await PATHS[path](far, f"https://{spelling}")
        assert (spelling, [], {}) == (spelling, left.beyond(*own_ports(far)), {**names.asked})
        far.clock.move(minutes=5)


ASKED: Final = {
    "key": {"GET /eve"},
    "actor": {"GET /eve"},
    "object": {"GET /notes/1"},
    "webfinger": {"GET /.well-known/webfinger"},
    "mention": {"GET /.well-known/webfinger"},
    "move": {"GET /eve"},
    "delivery": {"POST /eve/inbox"},
    "peer": {"GET /actor"},
    "asker": {"GET /actor"},
    "log": {"GET charter", "GET checkpoint", "POST add-checkpoint", "GET retractions"},
    "media": {"GET media"},
}


KINDS = frozenset({"charter", "checkpoint", "add-checkpoint", "media", "retractions"})


def in_short(request: web.Request) -> str:
    """Of the addresses of a record the kind only."""
    parts = request.path.split("/")
    kind = next(
        (part for part in parts if part in {"charter", "checkpoint", "add-checkpoint", "media", "retractions"}),
        request.path,
    )
    return f"{request.method} {kind}"


@each_path
async def test_each_path_asks_what_it_is_for(near: Walker, path: str) -> None:
    async with open_site() as site:
        await PATHS[path](near, f"http://127.0.0.1:{site.port}")
        assert ASKED[path] == {in_short(request) for request in site.requests}


class Turning(Names):
    """Names that lead to loopback when they are asked first, and to a private address ever after."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        self.addresses[host] = ["10.0.0.1"]
        return found


async def walk_by_name(near: Walker, path: str, site: Site, resolver: Names, *earlier: int) -> list[tuple[str, int]]:
    """Where it connected to beside the site, earlier ones and our own door, when the site is named `named.test`."""
    connector = near.us.node.wire._session.connector
    connector._resolver, connector._use_dns_cache = resolver, False  # type: ignore[union-attr]
    with leaving() as left:
        for _ in range(2):
            await PATHS[path](near, f"http://named.test:{site.port}")
            near.clock.move(minutes=5)
    assert resolver.asked["named.test"] >= 1
    return left.beyond(*own_ports(near), site.port, *earlier)


@each_path
async def test_ssrf_06_of_a_name_with_mixed_answers_no_private_one_is_connected_to(near: Walker, path: str) -> None:
    ports: list[int] = []
    for addresses in (["127.0.0.1", "10.0.0.1"], ["fe80::1", "10.0.0.1", "127.0.0.1"]):
        async with open_site() as site:
            ports.append(site.port)  # a delivery goes on trying the earlier one
            assert [] == await walk_by_name(near, path, site, Names(named_test=addresses), *ports)
            assert site.requests


@each_path
async def test_ssrf_07_a_name_that_is_rebound_is_judged_when_it_is_connected_to(near: Walker, path: str) -> None:
    async with open_site() as site:
        assert [] == await walk_by_name(near, path, site, Turning(named_test="127.0.0.1"))
        assert site.requests


def lead_on(site: Site, *, hops: int, to: str) -> None:
    """After so many redirects among its own addresses, whatever is asked of the site leads elsewhere."""

    async def lead(request: web.Request) -> web.Response:
        done = int(request.query.get("hop", "0"))
        onward = to if done >= hops else f"http://127.0.0.1:{site.port}/next?hop={done + 1}"
        return web.Response(status=302, headers={"Location": onward})

    asked = ("/eve", "/notes/1", "/actor", "/.well-known/webfinger", "/next", "/eve/inbox", "/log/add-checkpoint")
    site.handlers = dict.fromkeys(asked, lead)


@each_path
async def test_ssrf_08_a_redirect_to_a_private_address_is_refused_at_each_hop(near: Walker, path: str) -> None:
    ports = [*own_ports(near)]
    for hops in range(5):
        async with open_site() as site:
            ports.append(site.port)
            lead_on(site, hops=hops, to="http://10.0.0.1/secret")
            with leaving() as left:
                await PATHS[path](near, f"http://127.0.0.1:{site.port}")
            assert (hops, []) == (hops, left.beyond(*ports))
            followed = [request for request in site.requests if request.path == "/next"]
            assert (len(followed) > 0) == (path in FOLLOWS and hops > 0)
            assert [one for one in followed if "Signature" in one.headers] == []
        near.clock.move(minutes=5)


@each_path
async def test_ssrf_10_redirects_in_a_circle_end(near: Walker, path: str) -> None:
    async with open_site() as site:
        lead_on(site, hops=10**6, to="")
        for name in ("/eve", "/notes/1", "/actor", "/.well-known/webfinger"):
            site.answer(name, status=302, Location=f"http://127.0.0.1:{site.port}{name}")
        await PATHS[path](near, f"http://127.0.0.1:{site.port}")
        assert len(site.requests) <= 4


async def test_ssrf_17_fifty_requests_that_name_keys_on_one_victim_are_one_fetch(scene: Scene) -> None:
    async with open_stranger(4) as victim:
        answers = []
        for number in range(50):
            actor = f"{victim.base}/nobody{number}"
            document = {**scene.mal.activity("Follow", scene.campaign), "actor": actor}
            body, headers = scene.mal.signed(scene.inbox, document, scene.village.clock(), key_id=f"{actor}#main-key")
            from_anywhere = {"X-Forwarded-For": f"203.0.113.{number}"}
            answers.append(await send(scene.inbox, body, {**headers, **from_anywhere}))
        assert (1, 49) == (answers.count(401), answers.count(429))
        assert len(victim.site.requests) == 1
        assert await scene.followers() == []
