"""The public socket: how many may be connected, and what malformed requests get.

aiohttp's own answers to those tell its version, and its log the client's address.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

_KEEPALIVE_SECONDS: Final = 15.0
_OPEN_FILES: Final = 8192
_MOST_CONNECTIONS: Final = 1000
_READ_AT_ONCE: Final = 16 * 1024
"""Bytes; times all connections this is what strangers can make us hold before anybody looks at it."""
_SILENT: Final = logging.getLogger("picketline.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL + 1)
"""What aiohttp says of malformed requests names the client and quotes the request, so nobody hears it."""


class Door(web.RequestHandler):
    """One connection: malformed requests get a short answer with our headers, and those beyond the cap get none."""

    most: int = _MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or hang up when there are too many: open files are needed for deliveries too."""
        super().connection_made(transport)
        if hasattr(transport, "max_size"):
            transport.max_size = _READ_AT_ONCE  # asyncio reads 256 KiB at once otherwise
        if len(self._manager.connections if self._manager is not None else ()) > self.most:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What never reached a handler: fixed words, nothing logged, the connection closed."""
        del request, exc, message
        answer = web.Response(status=status, text="Bad request" if status < 500 else "Our mistake")
        answer.headers.update({"Server": "Picketline", "Vary": "Accept", "X-Content-Type-Options": "nosniff"})
        answer.force_close()
        return answer


@asynccontextmanager
async def listening_on(
    runner: web.AppRunner, bound: socket.socket, *, most: int = _MOST_CONNECTIONS
) -> AsyncIterator[None]:
    """Serve a set-up runner on a bound socket until the end of the block, to at most `most` connections at once."""
    loop = asyncio.get_running_loop()
    most = min(most, raise_file_limit() // 2)
    manager = runner.server
    assert manager is not None, "the runner was set up before"  # noqa: S101

    def answer() -> Door:
        door = Door(
            manager,
            loop=loop,
            access_log=_SILENT,
            logger=_SILENT,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            read_bufsize=_READ_AT_ONCE,
        )
        door.most = most
        return door

    server = await loop.create_server(answer, sock=bound, backlog=512)
    try:
        yield
    finally:
        server.close()


def raise_file_limit() -> int:
    """As many open files as the system lets us have, up to what deliveries and readers can use; how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
