"""Malformed requests get our few words and leave no trace; too many connections are hung up on."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web

from node.listening import listening_on, raise_file_limit


@dataclass(frozen=True, slots=True)
class Address:
    port: int

    async def say(self, raw: bytes) -> bytes:
        """Send raw bytes; everything that comes back until the other side hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def open_door(most: int = 100) -> AsyncIterator[Address]:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    async with listening_on(runner, bound, most=most):
        yield Address(bound.getsockname()[1])
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


def test_as_many_files_as_the_system_allows_may_be_open() -> None:
    assert raise_file_limit() >= 256
