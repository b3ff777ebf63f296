"""A campaign page of twenty updates, warm, beside plain aiohttp that answers as many bytes; both over loopback.

The client is another process that only counts bytes, so that what is timed is the server.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import web

from node.commands import run_command
from tests.bench.askers import ask, plain_server
from tests.bench.figures import tell_ratio
from tests.village import village

ROUNDS: Final = 7
REQUESTS: Final = 800
TARGET: Final = 0.3
_LIMIT: Final = "plain aiohttp GET of as many bytes"


async def pages(folder: Path) -> None:
    """µs of an answer: our page, our 304 for it, and plain aiohttp."""
    async with village(folder) as built:
        us = await built.add("bench")
        node = us.node
        await us.do("campaign add", handle="strike", name="Strike")
        for number in range(20):
            words = {
                "handle": "strike",
                "text": f"Day {number}: **we** stand at gate 4. #strike",
                "serial": f"{number + 9}",
            }
            await run_command("post", {**words}, node)
        address = node.config.url.removeprefix("http://")
        body = await _answer(address, "/@strike")
        name = next(line for line in body.split(b"\r\n") if line.startswith((b"Etag", b"ETag")))
        known = f"If-None-Match: {name.decode().partition(': ')[2]}\r\n"
        content = body.partition(b"\r\n\r\n")[2]

        async def plain(_request: web.Request) -> web.Response:
            return web.Response(body=content, content_type="text/html")

        async with plain_server(plain) as other:
            rounds = [await _round(address, known, other) for _ in range(ROUNDS)]
    whole, again, limits = ([taken[place] for taken in rounds] for place in range(3))
    tell_ratio("a campaign page", whole, limits, _LIMIT, target=TARGET)
    tell_ratio("304 for that page", again, limits, _LIMIT)


async def _round(ours: str, known: str, plain: str) -> tuple[float, float, float]:
    """µs of this process for our page, our 304 and the limit."""
    asked = (
        (ours, _request(ours, "/@strike"), 200),
        (ours, _request(ours, "/@strike", known), 304),
        (plain, _request(plain, "/"), 200),
    )
    watches = [await ask(where, [request] * REQUESTS, expect=status) for where, request, status in asked]
    whole, again, limit = (watch.cpu / REQUESTS * 1e6 for watch in watches)
    return whole, again, limit


async def _answer(address: str, path: str) -> bytes:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(_request(address, path, "Connection: close\r\n"))
    try:
        return await reader.read()
    finally:
        writer.close()


def _request(address: str, path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\n{more}\r\n".encode()
