"""A campaign page of twenty updates, warm, beside plain aiohttp that answers as many bytes; both over loopback.

The client is another process that only counts bytes, so that what is timed is the server.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from aiohttp import web

from node.commands import run_command
from tests.village import village

ROUNDS, REQUESTS, CONNECTIONS = 7, 1600, 8


async def page_costs(folder: Path) -> tuple[float, float, float]:
    """Median µs of an answer: our page, our 304 for it, and plain aiohttp."""
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
        async with _plain(body.partition(b"\r\n\r\n")[2]) as plain:
            rounds = [
                (await _round(address, "/@strike"), await _round(address, "/@strike", known), await _round(plain, "/"))
                for _ in range(ROUNDS)
            ]
    return median(r[0] for r in rounds), median(r[1] for r in rounds), median(r[2] for r in rounds)


@asynccontextmanager
async def _plain(body: bytes) -> AsyncIterator[str]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


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


async def _round(address: str, path: str, more: str = "") -> float:
    """µs of this process's time for one answer, while another process asks."""
    asker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ASKER, address, str(REQUESTS), str(CONNECTIONS), _request(address, path, more).hex(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert asker.stdin is not None
    assert asker.stdout is not None
    await asker.stdout.readline()
    began = time.process_time()
    asker.stdin.write(b"go\n")
    await asker.stdin.drain()
    await asker.stdout.readline()
    cost = (time.process_time() - began) / REQUESTS * 1e6
    await asker.wait()
    return cost


_ASKER = """
import selectors, socket, sys
address, requests, connections, asked = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), bytes.fromhex(sys.argv[4])
host, _, port = address.partition(":")
def length(head):
    found = [line for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:")]
    return int(found[0].partition(b":")[2]) if found and b" 304 " not in head[:20] else 0
eyes = selectors.DefaultSelector()
for _ in range(connections):
    one = socket.create_connection((host, int(port)))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    eyes.register(one, selectors.EVENT_READ, [b""])
print("ready", flush=True)
sys.stdin.readline()
for key in list(eyes.get_map().values()):
    key.fileobj.sendall(asked)
sent, done = connections, 0
while done < requests:
    for key, _ in eyes.select():
        held = key.data[0] + key.fileobj.recv(1 << 18)
        head, gap, body = held.partition(b"\\r\\n\\r\\n")
        if not gap or len(body) < length(head):
            key.data[0] = held
            continue
        key.data[0], done = b"", done + 1
        if sent < requests:
            key.fileobj.sendall(asked)
            sent += 1
print("done", flush=True)
"""
