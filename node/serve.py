"""`serve`: the web server, the control socket and the workers in one process, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from node.app import build_app, build_workers
from node.clock import refuse_wrong_clock
from node.config import Config, parse_listen
from node.context import Node, open_node
from node.control.client import SOCKET_NAME, short_socket_path
from node.control.server import build_control
from node.refusal import Refusal

_KEEPALIVE_SECONDS: Final = 15.0
_SHUTDOWN_SECONDS: Final = 5.0
_OPEN_FILES: Final = 8192
_THREADS: Final = 32
"""Names are looked up in these: a few that hang must not hold up the others."""


async def serve(config: Config, *, listen: str | None, ready: Callable[[str], None]) -> None:
    """Run the node until SIGINT or SIGTERM; `ready` is told the address once it answers.

    Raises `Refusal` when the address is taken or the clock is wrong, before anything is served.
    """
    _raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "names"))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    address = listen or config.listen
    with contextlib.closing(_bind(address)) as listening:
        async with open_node(config) as node:
            await refuse_wrong_clock(node.store, node.now())
            await node.projector.catch_up()
            async with _control(node), _public(node, listening):
                ready(address)
                await stop.wait()


def _raise_file_limit() -> None:
    """As many open sockets as the system lets us have, up to what deliveries and readers can use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bind(address: str) -> socket.socket:
    """A listening socket, taken before anything else, so that a busy port costs nothing."""
    host, port = parse_listen(address)
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise Refusal(
            f"{address} is no address of this machine: {problem.strerror}. Give another with --listen."
        ) from problem
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(target)
        listening.listen(512)
    except OSError as problem:
        listening.close()
        raise Refusal(
            f"{address} cannot be listened on: {problem.strerror}. Another program may have it, perhaps this node "
            "already; end that one, or give another address with --listen."
        ) from problem
    return listening


@asynccontextmanager
async def _public(node: Node, listening: socket.socket) -> AsyncIterator[None]:
    app = build_app(node, build_workers(node))
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=_KEEPALIVE_SECONDS, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    async with _started(runner):
        await web.SockSite(runner, listening).start()
        yield


@asynccontextmanager
async def _control(node: Node) -> AsyncIterator[None]:
    """The socket is made new: this process holds the store, so whoever left an old one is gone."""
    name = node.config.home / SOCKET_NAME
    name.unlink(missing_ok=True)
    runner = web.AppRunner(build_control(node), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    async with _started(runner):
        with short_socket_path(node.config.home) as path:
            before = os.umask(0o177)
            try:
                await web.UnixSite(runner, path).start()
            finally:
                os.umask(before)
            try:
                yield
            finally:
                name.unlink(missing_ok=True)


@asynccontextmanager
async def _started(runner: web.AppRunner) -> AsyncIterator[None]:
    await runner.setup()
    try:
        yield
    finally:
        await runner.cleanup()
