"""`serve`: the web server, the control socket and the workers in one process, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from node.app import build_app, build_workers
from node.clock import refuse_early_clock
from node.config import Config, parse_listen
from node.context import Node, open_node
from node.control.client import SOCKET_NAME, short_socket_path
from node.control.server import build_control
from node.listening import listening_on
from node.refusal import Refusal

_SHUTDOWN_SECONDS: Final = 5.0
_THREADS: Final = 32
"""Names are looked up in these: a few that hang must not hold up the others."""


async def serve(config: Config, *, listen: str | None, ready: Callable[[str], None]) -> None:
    """Run the node until SIGINT or SIGTERM; `ready` is told the address once it answers.

    Raises `Refusal` when the address is taken or the clock is wrong, before anything is served.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "names"))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    address = listen or config.listen
    async with open_node(config) as node:
        with contextlib.closing(_bind(address)) as bound:
            refuse_early_clock(node.now())
            await node.projector.catch_up()
            async with _control(node), _public(node, bound):
                ready(address)
                await stop.wait()


def _bind(address: str) -> socket.socket:
    """A bound socket."""
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
    except OSError as problem:
        listening.close()
        raise Refusal(
            f"{address} cannot be listened on: {_why(problem)} Or give another address with --listen."
        ) from problem
    return listening


def _why(problem: OSError) -> str:
    match problem.errno:
        case errno.EADDRINUSE:
            return "another program has it. See which with `ss -ltnp`, and end that one."
        case errno.EADDRNOTAVAIL:
            return "it is no address of this machine. Use 127.0.0.1, or one that `ip address` shows."
        case errno.EACCES:
            return "ports below 1024 are for root. Use one above, behind a web server."
        case _:
            return f"{problem.strerror}."


@asynccontextmanager
async def _public(node: Node, bound: socket.socket) -> AsyncIterator[None]:
    runner = web.AppRunner(build_app(node, build_workers(node)), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    async with _started(runner), listening_on(runner, bound):
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
