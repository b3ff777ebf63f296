"""The one door outwards: what is sent, what is followed (refusals SSRF-08 to 11), everything on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_address

import pytest
from aiohttp import web

from federation.errors import BadAnswer, ForbiddenAddress
from federation.wire import PostAnswer, Wire
from tests.federation.loopback import Names, Site, new_wire, open_raw, open_site, outcome, silent, url

HERE = ip_address("127.0.0.1")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with new_wire() as wire:
        yield wire


def signature(_method: str, _url: str) -> Mapping[str, str]:
    return {"Signature": "signed"}


async def test_a_get_brings_status_type_and_body(wire: Wire, site: Site) -> None:
    site.answer("/note", b"{}", Content_Type="application/activity+json; charset=utf-8")
    answer = await wire.get(url(site, "/note?a=%2F#fragment"), accept="application/activity+json", sign=signature)
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.content_type == "application/activity+json; charset=utf-8"
    assert url(site, "/note?a=%2F") == answer.url
    request = site.requests[0]
    assert request.raw_path == "/note?a=%2F"
    assert request.headers["User-Agent"] == "Picketline/test"
    assert request.headers["Accept"] == "application/activity+json"
    assert request.headers["Signature"] == "signed"


async def test_a_status_beyond_success_is_an_answer_without_body(wire: Wire, site: Site) -> None:
    site.answer("/gone", b"x" * 5000, status=410)
    answer = await wire.get(url(site, "/gone"), accept="*/*", cap=10)
    assert (answer.status, answer.body) == (410, b"")


async def test_a_post_carries_body_and_headers_and_reads_the_status(wire: Wire, site: Site) -> None:
    bodies = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=429, headers={"Retry-After": "7", "Date": "Tue, 03 Nov 2026 14:05:00 GMT"})

    site.handlers["/inbox"] = take
    answer = await wire.post(url(site, "/inbox"), b"body", {"Digest": "d", "Content-Type": "application/activity+json"})
    assert PostAnswer(status=429, retry_after="7", host_date="Tue, 03 Nov 2026 14:05:00 GMT") == answer
    assert bodies == [b"body"]
    assert site.requests[0].headers["Digest"] == "d"
    assert site.requests[0].headers["Content-Type"] == "application/activity+json"


async def test_a_post_follows_no_redirect(wire: Wire, site: Site) -> None:
    site.answer("/inbox", status=307, Location="/elsewhere")
    assert (await wire.post(url(site, "/inbox"), b"", {})).status == 307
    assert site.fetches == {"/inbox": 1}


async def test_no_cookie_is_kept(wire: Wire, site: Site) -> None:
    site.answer("/", Set_Cookie="session=1")
    await wire.get(url(site), accept="*/*")
    await wire.get(url(site), accept="*/*")
    assert "Cookie" not in site.requests[1].headers


async def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    async with new_wire() as wire:
        assert await outcome(wire.get(url(site), accept="*/*")) == 404


async def test_three_redirects_are_followed_and_only_the_first_request_is_signed(wire: Wire, site: Site) -> None:
    for hop in range(3):
        site.answer(f"/{hop}", status=(301, 302, 307)[hop], Location=f"/{hop + 1}")
    site.answer("/3", b"there")
    answer = await wire.get(url(site, "/0"), accept="*/*", sign=signature)
    assert (b"there", url(site, "/3")) == (answer.body, answer.url)
    assert ["Signature" in request.headers for request in site.requests] == [True, False, False, False]


async def test_a_fourth_redirect_is_not_followed(wire: Wire, site: Site) -> None:
    for hop in range(5):
        site.answer(f"/{hop}", status=302, Location=f"/{hop + 1}")
    assert BadAnswer is await outcome(wire.get(url(site, "/0"), accept="*/*"))
    assert len(site.requests) == 4


async def test_a_redirect_in_a_circle_is_refused(wire: Wire, site: Site) -> None:
    site.answer("/a", status=302, Location="/b")
    site.answer("/b", status=302, Location="/a#other")
    assert BadAnswer is await outcome(wire.get(url(site, "/a"), accept="*/*"))
    assert site.fetches == {"/a": 1, "/b": 1}


@pytest.mark.parametrize("hops", [0, 2])
async def test_a_redirect_to_a_closed_address_is_refused_at_every_hop(site: Site, hops: int) -> None:
    for hop in range(hops):
        site.answer(f"/{hop}", status=302, Location=f"/{hop + 1}")
    async with open_raw(silent) as secret:
        site.answer(f"/{hops}", status=302, Location=f"http://secret.test:{secret.port}/")
        async with new_wire(names=Names(secret_test="127.0.0.2"), allow=lambda ip: ip == HERE) as wire:
            assert ForbiddenAddress is await outcome(wire.get(url(site, "/0"), accept="*/*"))
        assert secret.connections == 0


@pytest.mark.parametrize("location", ["file:///etc/passwd", "data:text/plain,x", "http://user@peer.test/", "http://["])
async def test_a_redirect_to_anything_but_a_clean_url_is_refused(wire: Wire, site: Site, location: str) -> None:
    site.answer("/", status=302, Location=location)
    assert await outcome(wire.get(url(site), accept="*/*")) in {ForbiddenAddress, BadAnswer}


async def test_a_redirect_without_a_place_is_a_bad_answer(wire: Wire, site: Site) -> None:
    site.answer("/", status=302)
    assert BadAnswer is await outcome(wire.get(url(site), accept="*/*"))


async def test_an_error_names_the_host_and_nothing_more(site: Site) -> None:
    async with new_wire(allow=lambda _ip: False, names=Names(peer_test="127.0.0.1")) as wire:
        with pytest.raises(ForbiddenAddress) as refusal:
            await wire.get(f"http://peer.test:{site.port}/secret?token=1", accept="*/*")
    assert "peer.test" in str(refusal.value)
    assert not {"secret", "token", "127.0.0.1"} & set(str(refusal.value).replace("/", " ").split())


async def test_a_closed_wire_may_be_closed_again() -> None:
    wire = new_wire()
    await wire.close()
    await wire.close()
