"""`serve`: the web server, the control socket and the workers in one process, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import threading
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
from node.logs import log_loop_trouble
from node.loops import NAME_THREADS
from node.notify import notify
from node.parts import find_parts, refuse_old
from node.proxies import Proxies
from node.refusal import Refusal
from node.settings import parse_operators_listen, parse_proxies
from node.watching import watching
from node.web.operators.routes import build_operators

log = logging.getLogger(__name__)

_PUBLIC_SECONDS: Final = 2.0
_CONTROL_SECONDS: Final = 0.5
"""How long requests under way may take to end; aiohttp waits that long twice."""
_MOST_OPERATORS: Final = 100
_LAST_SECONDS: Final = 9.5
"""After that a stop is cut short, which harms no more than a crash does: systemd and people wait 10 s."""


async def serve(
    config: Config, *, listen: str | None, ready: Callable[[str], None], stopping: Callable[[], None]
) -> None:
    """Run the node until SIGINT or SIGTERM; `ready` is told the address once it answers, `stopping` is called then.

    Raises `Refusal` when the address is taken, a part is too old or the clock is wrong, before anything is served.
    """
    refuse_old(find_parts())
    stop = _prepare_loop()
    address = listen or config.listen
    async with open_node(config) as node, contextlib.AsyncExitStack() as served:
        bound = served.enter_context(contextlib.closing(_bind(address)))
        refuse_early_clock(node.now())
        await node.projector.catch_up()
        await served.enter_async_context(_control(node))
        if parse_operators_listen(config.operators_listen) is not None:
            await served.enter_async_context(_operators(node, config.operators_listen))
        await served.enter_async_context(_public(node, bound))
        async with watching(node.metrics):
            ready(address)
            notify("READY=1")
            await stop.wait()
        notify("STOPPING=1")
        stopping()


def _prepare_loop() -> asyncio.Event:
    """Threads for names, words for what nobody caught, and the event that a signal sets."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(NAME_THREADS, "names"))
    loop.set_exception_handler(log_loop_trouble)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def end_soon() -> None:
    """See that the process ends, even when something hangs: a name that is looked up cannot be called back."""

    def cut_short() -> None:
        log.warning("the stop took too long and was cut short; what was under way is taken up at the next start")
        os._exit(0)

    timer = threading.Timer(_LAST_SECONDS, cut_short)
    timer.daemon = True
    timer.start()


def _bind(address: str, *, named: str = "with --listen") -> socket.socket:
    """A bound socket; `named` is where another address would be given."""
    host, port = parse_listen(address)
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as problem:
        raise Refusal(
            f"{address} is no address of this machine: {problem.strerror}. Give another {named}."
        ) from problem
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(target)
    except OSError as problem:
        listening.close()
        raise Refusal(f"{address} cannot be listened on: {_why(problem)} Or give another address {named}.") from problem
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
    runner = web.AppRunner(build_app(node, build_workers(node)), access_log=None, shutdown_timeout=_PUBLIC_SECONDS)
    proxies = Proxies(parse_proxies(node.config.trusted_proxies))
    async with _started(runner), listening_on(runner, bound, proxies=proxies):
        yield


@asynccontextmanager
async def _operators(node: Node, address: str) -> AsyncIterator[None]:
    """The operators' listener; it outlives the public one, so that it can be seen how a stop goes."""
    with contextlib.closing(_bind(address, named="in `operators_listen`")) as bound:
        runner = web.AppRunner(build_operators(node), access_log=None, shutdown_timeout=_CONTROL_SECONDS)
        async with _started(runner), listening_on(runner, bound, most=_MOST_OPERATORS):
            yield


@asynccontextmanager
async def _control(node: Node) -> AsyncIterator[None]:
    """The socket is made new: this process holds the store, so whoever left an old one is gone."""
    name = node.config.home / SOCKET_NAME
    name.unlink(missing_ok=True)
    runner = web.AppRunner(build_control(node), access_log=None, shutdown_timeout=_CONTROL_SECONDS)
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
