"""What every process of ours that runs until a signal needs: a prepared loop, sockets, and an end in time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import resource
import signal
import socket
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from node.config import parse_listen
from node.context import Node
from node.listening import listening_on
from node.logs import log_loop_trouble
from node.loops import NAME_THREADS
from node.refusal import Refusal
from node.web.operators.routes import build_operators

log = logging.getLogger(__name__)

CONTROL_SECONDS: Final = 0.5
"""How long requests of people on this machine may take to end; aiohttp waits that long twice."""
_MOST_OPERATORS: Final = 100
_LAST_SECONDS: Final = 9.5
"""After that a stop is cut short, which harms no more than a crash does: systemd and people wait 10 s."""


def prepare_loop() -> asyncio.Event:
    """Threads for names, words for what nobody caught, no picture of the memory left on the disk by a crash, and the
    event that a signal sets."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # it would hold keys, and who follows
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


def bind(address: str, *, named: str = "with --listen") -> socket.socket:
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
async def operators(node: Node, address: str) -> AsyncIterator[None]:
    """The operators' listener; it outlives the public one, so that it can be seen how a stop goes."""
    with contextlib.closing(bind(address, named="in `operators_listen`")) as bound:
        async with (
            running(build_operators(node), seconds=CONTROL_SECONDS) as runner,
            listening_on(runner, bound, most=_MOST_OPERATORS),
        ):
            yield


@asynccontextmanager
async def running(app: web.Application, *, seconds: float) -> AsyncIterator[web.AppRunner]:
    """An application from its beginning to its end, on no socket yet; requests then have `seconds`, twice, to end."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=seconds)
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()
