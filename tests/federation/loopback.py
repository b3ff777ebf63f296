"""Servers and names on loopback: what the tests of the wire and the resolver talk to."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from federation.errors import FederationError
from federation.wire import Answer, Limits, Wire
from storage.ids import Host

Ip = IPv4Address | IPv6Address
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names(AbstractResolver):
    """A look-up without DNS: each name's addresses, in order; counts how often it was asked."""

    def __init__(self, **addresses: str | Iterable[str]) -> None:
        self.asked: Counter[str] = Counter()
        self.addresses = {
            name.replace("_", "."): [listed] if isinstance(listed, str) else list(listed)
            for name, listed in addresses.items()
        }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked[host] += 1
        if host not in self.addresses:
            raise OSError(f"no such name: {host}")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses[host]
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Site:
    """A web server on loopback that counts requests by path, with a handler per path."""

    def __init__(self) -> None:
        self.port = 0
        self.handlers: dict[str, Handler] = {}
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        """What was POSTed, in order."""

    @property
    def fetches(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.requests)

    def answer(self, path: str, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Let a path always answer this; header names with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, body=body, headers=sent)

        self.handlers[path] = respond

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if request.method == "POST":
            self.bodies.append(await request.read())
        handler = self.handlers.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """A running site on 127.0.0.1."""
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.serve)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0)
    site.port = server.port or 0
    try:
        yield site
    finally:
        await server.close()


@asynccontextmanager
async def open_raw(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]], *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[RawServer]:
    """A TCP server that reads a request's head and lets `answer` write whatever it likes."""
    raw = RawServer(answer)
    server = await asyncio.start_server(raw.talk, host, port)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        for task in raw.talks:
            task.cancel()
        await asyncio.gather(*raw.talks, return_exceptions=True)


class RawServer:
    """Counts connections, and the bytes it could write."""

    def __init__(self, answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
        self.port = 0
        self.connections = 0
        self.talks: list[asyncio.Task[None]] = []
        self._answer = answer

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.talks.append(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await self._answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def outcome(fetch: Awaitable[object]) -> object:
    """What came of it: the status of an answer, or the class of the error."""
    try:
        answer = await fetch
    except FederationError as error:
        return type(error)
    return answer.status if isinstance(answer, Answer) else answer


def new_wire(
    *,
    dev: bool = True,
    own_hosts: tuple[str, ...] = (),
    allow: Callable[[Ip], bool] | None = None,
    names: Names | None = None,
    limits: Limits | None = None,
) -> Wire:
    """A wire for tests, under dev unless said otherwise."""
    return Wire(
        dev=dev,
        own_hosts=[Host(host) for host in own_hosts],
        user_agent="Picketline/test",
        allow=allow,
        resolver=names,
        limits=limits,
    )


def url(site: Site, path: str = "/") -> str:
    """A URL of the site, by its address."""
    return f"http://127.0.0.1:{site.port}{path}"


async def silent(_writer: asyncio.StreamWriter) -> None:
    """Say nothing and hang up."""
