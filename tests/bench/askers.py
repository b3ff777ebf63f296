"""Clients in another process, so that what is timed is the server: raw sockets that count bytes and answers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from tests.bench.figures import Stopwatch

CONNECTIONS: Final = 64


async def ask(address: str, requests: Sequence[bytes], *, expect: int) -> Stopwatch:
    """This process's time while another sends these over 64 connections; each must be answered by that status."""
    asker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ASKER, address, str(CONNECTIONS), str(expect),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert asker.stdin is not None
    assert asker.stdout is not None
    asker.stdin.write(json.dumps([len(request) for request in requests]).encode() + b"\n" + b"".join(requests))
    assert await asker.stdout.readline() == b"ready\n"
    watch = Stopwatch()
    asker.stdin.write(b"go\n")
    told = await asker.stdout.readline()
    watch.stop()
    await asker.wait()
    assert told == b"done\n", "an answer had another status than expected"
    return watch


@asynccontextmanager
async def plain_server(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], method: str = "GET"
) -> AsyncIterator[str]:
    """The authority of plain aiohttp that answers so: the limit of what stands on it."""
    app = web.Application()
    app.add_routes([web.route(method, "/{path:.*}", answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


_ASKER: Final = """
import json, selectors, socket, sys
address, connections, expected = sys.argv[1], int(sys.argv[2]), b" " + sys.argv[3].encode() + b" "
host, _, port = address.partition(":")
given, requests = sys.stdin.buffer, []
for size in json.loads(given.readline()):
    requests.append(given.read(size))
def length(head):
    found = [line for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:")]
    return int(found[0].partition(b":")[2]) if found and b" 304 " not in head[:20] else 0
eyes = selectors.DefaultSelector()
for _ in range(connections):
    one = socket.create_connection((host, int(port)))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    eyes.register(one, selectors.EVENT_READ, [b""])
print("ready", flush=True)
given.readline()
ahead, total, done = iter(requests), len(requests), 0
for key in list(eyes.get_map().values()):
    key.fileobj.sendall(next(ahead, b""))
while done < total:
    for key, _ in eyes.select():
        held = key.data[0] + key.fileobj.recv(1 << 18)
        head, gap, body = held.partition(b"\\r\\n\\r\\n")
        if not gap or len(body) < length(head):
            key.data[0] = held
            continue
        if expected not in head[:20]:
            sys.exit(head[:200].decode())
        key.data[0], done = b"", done + 1
        key.fileobj.sendall(next(ahead, b""))
print("done", flush=True)
"""
