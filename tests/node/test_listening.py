"""Malformed requests get our few words and leave no trace; too many connections are hung up on."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

import pytest
from aiohttp import web

from node.config import parse_listen
from node.listening import Hall, listening_on, raise_file_limit
from node.proxies import Proxies
from node.refusal import Refusal
from node.settings import parse_proxies

LOCAL = Proxies(parse_proxies("127.0.0.1"))


@dataclass(frozen=True, slots=True)
class Address:
    port: int
    runner: web.AppRunner

    async def say(self, raw: bytes) -> bytes:
        """Send raw bytes; everything that comes back until the other side hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def open_door(most: int = 100, proxies: Proxies = LOCAL) -> AsyncIterator[Address]:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    async with listening_on(runner, bound, most=most, proxies=proxies):
        yield Address(bound.getsockname()[1], runner)
    await runner.cleanup()


async def test_a_port_that_another_listens_on_already_is_one_sentence() -> None:
    with closing(socket.socket()) as first, closing(socket.socket()) as second:
        for one, port in ((first, 0), (second, None)):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", first.getsockname()[1] if port is None else port))
        first.listen()
        runner = web.AppRunner(web.Application(), access_log=None)
        await runner.setup()
        with pytest.raises(Refusal, match="`operators_listen` name the same port"):
            async with listening_on(runner, second):
                raise AssertionError("it listens")
        await runner.cleanup()


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    async with open_door() as address:
        yield address


MALFORMED = {
    "garbage": b"GARBAGE\r\n\r\n",
    "bytes": b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"secret" * 4000 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    "bad chunk": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "version": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_request_is_answered_in_our_words_and_logged_nowhere(
    address: Address, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await address.say(raw)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 405"))
    assert [word for word in (b"aiohttp", b"Python/", b"secret", b"GARBAGE") if word in answer] == []
    assert [line.getMessage() for line in caplog.records if "127.0.0.1" in line.getMessage()] == []
    assert len(body) < 100


async def test_a_good_request_is_answered(address: Address) -> None:
    answer = await address.say(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"hello")


async def test_a_connection_that_says_nothing_more_is_kept_for_fifteen_seconds_at_most() -> None:
    """Rule 10 of what must be refused; the time itself is the server's."""
    async with open_door() as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert address.runner.server is not None
        (door,) = address.runner.server.connections
        assert door.keepalive_timeout <= 15
        writer.close()


async def test_connections_beyond_the_cap_are_hung_up_on() -> None:
    async with open_door(most=3) as address:
        held = [await asyncio.open_connection("127.0.0.1", address.port) for _ in range(3)]
        try:
            async with asyncio.timeout(5):  # those that are held would wait for 15 s
                assert await address.say(b"") == b""
            held[0][1].write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert (await held[0][0].read()).endswith(b"hello")
        finally:
            for _, writer in held:
                writer.close()


async def test_one_address_cannot_take_all_connections_and_gets_them_back_as_it_leaves() -> None:
    async with open_door(most=20, proxies=Proxies()) as address:
        held = [await asyncio.open_connection("127.0.0.1", address.port) for _ in range(2)]
        async with asyncio.timeout(5):
            assert await address.say(b"") == b""
            for _, writer in held:
                writer.close()
                await writer.wait_closed()
            answer = b""
            while not answer.endswith(b"hello"):  # the loop has to hear that they left
                answer = await address.say(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")


def test_the_hall_counts_addresses_apart_and_forgets_who_left() -> None:
    hall = Hall(proxies=LOCAL, most=20)
    assert [hall.enter("203.0.113.9")[0] for _ in range(3)] == [True, True, False]
    assert hall.enter("203.0.113.10")[0]
    assert [hall.enter(f"2001:db8::{number}")[0] for number in range(3)] == [True, True, False]
    assert all(hall.enter("127.0.0.1")[0] for _ in range(10))
    for _ in range(3):
        hall.leave(hall.enter("198.51.100.7")[1])
    assert len(hall._of_one) == 3


async def test_a_large_body_comes_in_small_pieces_and_whole() -> None:
    async def length(request: web.Request) -> web.Response:
        sizes = [len(chunk) async for chunk in request.content.iter_any()]
        return web.Response(text=f"{sum(sizes)} {max(sizes) <= 64 * 1024}")

    app = web.Application()
    app.add_routes([web.post("/", length)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    async with listening_on(runner, bound, proxies=LOCAL):
        body = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        assert (await Address(bound.getsockname()[1], runner).say(body)).endswith(b"1000000 True")
    await runner.cleanup()


def test_as_many_files_as_the_system_allows_may_be_open() -> None:
    assert raise_file_limit() >= 256


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        ("127.0.0.1:8021", ("127.0.0.1", 8021)),
        ("[::]:80", ("::", 80)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),  # noqa: S104
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_listen_is_split_into_host_and_port(listen: str, expected: tuple[str, int]) -> None:
    assert expected == parse_listen(listen)
