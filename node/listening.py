"""The public socket: how many may be connected, and what malformed requests get.

aiohttp's own answers to those tell its version, and its log the client's address.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError

from node.proxies import Proxies, read_ip, share_of
from node.refusal import Refusal

_KEEPALIVE_SECONDS: Final = 15.0
_OPEN_FILES: Final = 8192
_MOST_CONNECTIONS: Final = 1000
_MOST_OF_ONE: Final = 10
"""What part of all connections one address may hold: a tenth."""
_WAITING: Final = 2048
"""Connections that the system keeps for us meanwhile; who finds no room tries again after one second, three, seven."""
_READ_AT_ONCE: Final = 16 * 1024
"""Bytes; times all connections this is what strangers can make us hold before anybody looks at it."""
_WORDS: Final = {415: "Unsupported media type"}
_SILENT: Final = logging.getLogger("picketline.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL + 1)
"""What aiohttp says of malformed requests names the client and quotes the request, so nobody hears it."""


class Door(web.RequestHandler):
    """One connection as aiohttp sees it: malformed requests get a short answer with our headers."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What never reached a handler: fixed words, nothing logged, the connection closed."""
        del request, message
        if isinstance(exc, ContentEncodingError):  # as what we could unpack and do not (refusals, DOS-02)
            status = 415
        answer = web.Response(status=status, text=_WORDS.get(status, "Bad request" if status < 500 else "Our mistake"))
        answer.headers.update({"Server": "Picketline", "Vary": "Accept", "X-Content-Type-Options": "nosniff"})
        answer.force_close()
        return answer


@dataclass(slots=True, kw_only=True)
class Hall:
    """Everybody who is connected; nobody beyond `most`, and of one address, unless it is trusted, a tenth of them."""

    proxies: Proxies
    most: int
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(_READ_AT_ONCE)))
    """What is read goes through here, and on before anything else is read."""
    _present: int = 0
    _of_one: Counter[int] = field(default_factory=Counter)

    def enter(self, address: str) -> tuple[bool, int | None]:
        """Count a connection; whether there is room for it, and under what it is counted until it leaves."""
        ip = read_ip(address)
        share = None if ip is None or self.proxies.trusts(ip) else share_of(ip)
        self._present += 1
        if share is None:
            return self._present <= self.most, None
        self._of_one[share] += 1
        return self._present <= self.most and self._of_one[share] <= max(1, self.most // _MOST_OF_ONE), share

    def leave(self, share: int | None) -> None:
        """Count a connection no more."""
        self._present -= 1
        if share is not None:
            self._of_one[share] -= 1
            if not self._of_one[share]:
                del self._of_one[share]


class Threshold(asyncio.BufferedProtocol):
    """One connection as the loop sees it: counted, and read 16 KiB at a time on every loop.

    asyncio would read 256 KiB at once and so would uvloop; times all connections that is too much.
    """

    __slots__ = ("_door", "_hall", "_share")

    def __init__(self, door: Door, hall: Hall) -> None:
        self._door, self._hall = door, hall
        self._share: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or hang up when there are too many: open files are needed for deliveries too."""
        peer = transport.get_extra_info("peername")
        has_room, self._share = self._hall.enter(peer[0] if peer else "")
        self._door.connection_made(transport)
        if not has_room:
            self._door.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._hall.leave(self._share)
        self._door.connection_lost(exc)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self._hall.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._door.data_received(bytes(self._hall.buffer[:nbytes]))

    def eof_received(self) -> bool | None:
        self._door.eof_received()
        return None

    def pause_writing(self) -> None:
        self._door.pause_writing()

    def resume_writing(self) -> None:
        self._door.resume_writing()


@asynccontextmanager
async def listening_on(
    runner: web.AppRunner, bound: socket.socket, *, most: int = _MOST_CONNECTIONS, proxies: Proxies | None = None
) -> AsyncIterator[None]:
    """Serve a set-up runner on a bound socket until the end of the block, to at most `most` connections at once."""
    loop = asyncio.get_running_loop()
    hall = Hall(proxies=proxies or Proxies(), most=min(most, raise_file_limit() // 2))
    manager = runner.server
    assert manager is not None, "the runner was set up before"  # noqa: S101

    def answer() -> Threshold:
        door = Door(
            manager,
            loop=loop,
            access_log=_SILENT,
            logger=_SILENT,
            keepalive_timeout=_KEEPALIVE_SECONDS,
            read_bufsize=_READ_AT_ONCE,
        )
        return Threshold(door, hall)

    try:
        server = await loop.create_server(answer, sock=bound, backlog=_WAITING)
    except OSError as problem:  # bound beside another socket, which began to listen first
        host, port = bound.getsockname()[:2]
        raise Refusal(
            f"{host}:{port} cannot be listened on: {problem.strerror}. If `listen` and `operators_listen` name the "
            "same port, give one of them another; else see with `ss -ltnp` which program has it."
        ) from problem
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
