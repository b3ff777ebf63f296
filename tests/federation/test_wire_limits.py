"""How much of another server we bear: bytes, compression, time, connections (refusals DOS-08)."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from federation.errors import BadAnswer, NoAnswer, TooLarge
from federation.wire import Limits, Wire
from tests.federation.loopback import Names, Site, new_wire, open_raw, open_site, outcome, url


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with new_wire() as wire:
        yield wire


async def test_a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not(wire: Wire, site: Site) -> None:
    site.answer("/fits", b"x" * 1000)
    site.answer("/over", b"x" * 1001)
    assert len((await wire.get(url(site, "/fits"), accept="*/*", cap=1000)).body) == 1000
    assert TooLarge is await outcome(wire.get(url(site, "/over"), accept="*/*", cap=1000))


async def test_an_endless_body_is_dropped_at_the_cap(wire: Wire) -> None:
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 1 << 30:
            writer.write(bytes(65536))
            await writer.drain()
            sent += 65536

    async with open_raw(pour) as raw:
        got = await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))
    assert TooLarge is got
    assert sent < 64 << 20


async def test_a_large_answer_is_not_begun_when_it_says_its_length(wire: Wire) -> None:
    async def offer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        await writer.drain()

    async with open_raw(offer) as raw:
        assert TooLarge is await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))


async def test_a_compressed_body_is_opened(wire: Wire, site: Site) -> None:
    site.answer("/gzip", gzip.compress(b"hello" * 100), Content_Encoding="gzip")
    site.answer("/deflate", zlib.compress(b"hello" * 100), Content_Encoding="deflate")
    assert (await wire.get(url(site, "/gzip"), accept="*/*")).body == b"hello" * 100
    assert (await wire.get(url(site, "/deflate"), accept="*/*")).body == b"hello" * 100
    assert site.requests[0].headers["Accept-Encoding"] == "gzip"


async def test_a_gzip_bomb_is_dropped_at_the_cap(wire: Wire, site: Site) -> None:
    bomb = gzip.compress(bytes(100 << 20))
    site.answer("/", bomb, Content_Encoding="gzip")
    assert len(bomb) < 1 << 20
    assert TooLarge is await outcome(wire.get(url(site), accept="*/*"))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip", "gzip"),
        (gzip.compress(b"hello", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"hello", mtime=0) + b"more", "gzip"),
        (gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0), "gzip, gzip"),
        (b"hello", "br"),
        (b"hello", "zstd"),
    ],
)
async def test_a_body_compressed_in_another_way_or_wrongly_is_a_bad_answer(
    wire: Wire, site: Site, body: bytes, encoding: str
) -> None:
    site.answer("/", body, Content_Encoding=encoding)
    assert BadAnswer is await outcome(wire.get(url(site), accept="*/*"))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_a_host_that_falls_silent_is_left_after_the_time_limit(head: bytes) -> None:
    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await asyncio.Event().wait()

    async with open_raw(stall) as raw, new_wire(limits=Limits(seconds=0.05)) as wire:
        assert NoAnswer is await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))


async def test_a_silent_inbox_is_no_answer() -> None:
    async def stall(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with open_raw(stall) as raw, new_wire(limits=Limits(seconds=0.05)) as wire:
        assert NoAnswer is await outcome(wire.post(f"http://127.0.0.1:{raw.port}/", b"x", {}))


async def test_headers_without_end_are_a_bad_answer(wire: Wire) -> None:
    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            writer.write(b"X-%d: y\r\n" % number)
            await writer.drain()

    async with open_raw(pour) as raw:
        assert BadAnswer is await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))


async def test_what_is_no_http_is_a_bad_answer(wire: Wire) -> None:
    async def greet(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n\r\n")
        await writer.drain()

    async with open_raw(greet) as raw:
        assert BadAnswer is await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))


async def test_a_host_that_hangs_up_is_asked_once(wire: Wire) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with open_raw(hang_up) as raw:
        assert NoAnswer is await outcome(wire.get(f"http://127.0.0.1:{raw.port}/", accept="*/*"))
        assert raw.connections == 1
        assert NoAnswer is await outcome(wire.post(f"http://127.0.0.1:{raw.port}/", b"x", {}))
        assert raw.connections == 2


async def test_a_name_nobody_knows_and_a_closed_port_are_no_answer() -> None:
    async with open_site() as site:
        port = site.port
    async with new_wire(names=Names(dead_test="127.0.0.1")) as wire:
        assert NoAnswer is await outcome(wire.get("http://unknown.test:1/", accept="*/*"))
        assert NoAnswer is await outcome(wire.get(f"http://dead.test:{port}/", accept="*/*"))


async def test_a_long_answer_to_a_post_is_not_read_and_its_status_counts(wire: Wire) -> None:
    written = 0

    async def ramble(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 202 Accepted\r\n\r\n")
        while written < 1 << 30:
            writer.write(bytes(65536))
            await writer.drain()
            written += 65536

    async with open_raw(ramble) as raw:
        assert (await wire.post(f"http://127.0.0.1:{raw.port}/", b"x", {})).status == 202
    assert written < 64 << 20


async def test_short_answers_to_posts_leave_the_connection_for_the_next(wire: Wire, site: Site) -> None:
    site.answer("/inbox", b"accepted", status=202)
    for _ in range(3):
        await wire.post(url(site, "/inbox"), b"x", {})
    peers = {request.transport.get_extra_info("peername") for request in site.requests if request.transport}
    assert len(peers) == 1


async def test_one_host_gets_only_so_many_connections_at_once(site: Site) -> None:
    busy, most, release = 0, 0, asyncio.Event()

    async def hold(_request: web.Request) -> web.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        if busy == 2:
            release.set()
        await release.wait()
        await asyncio.sleep(0)
        busy -= 1
        return web.Response()

    site.handlers["/"] = hold
    async with new_wire(limits=Limits(connections_per_host=2)) as wire:
        await asyncio.gather(*(wire.post(url(site), b"x", {}) for _ in range(8)))
    assert (len(site.requests), most) == (8, 2)
