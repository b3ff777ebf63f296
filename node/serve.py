"""`serve`: the web server, the control socket and the workers in one process, until a signal ends it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from node.app import build_app, build_workers
from node.clock import refuse_early_clock
from node.config import Config
from node.context import Node, open_node
from node.control.client import SOCKET_NAME, short_socket_path
from node.control.server import build_control
from node.home_lock import only_server
from node.listening import listening_on
from node.notify import notify
from node.parts import find_parts, refuse_old
from node.proxies import Proxies
from node.running import CONTROL_SECONDS, bind, operators, prepare_loop, running
from node.settings import parse_operators_listen, parse_proxies
from node.watching import watching

_PUBLIC_SECONDS: Final = 2.0
"""How long requests under way may take to end; aiohttp waits that long twice."""


async def serve(
    config: Config, *, listen: str | None, ready: Callable[[str], None], stopping: Callable[[], None]
) -> None:
    """Run the node until SIGINT or SIGTERM; `ready` is told the address once it answers, `stopping` is called then.

    Raises `Refusal` when the address is taken, a part is too old or the clock is wrong, before anything is served.
    """
    refuse_old(find_parts())
    stop = prepare_loop()
    address = listen or config.listen
    async with contextlib.AsyncExitStack() as served:
        served.enter_context(only_server(config))
        node = await served.enter_async_context(open_node(config))
        bound = served.enter_context(contextlib.closing(bind(address)))
        refuse_early_clock(node.now())
        await node.server_clock.refuse_wrong()
        await node.publishing.look()
        await served.enter_async_context(_control(node))
        if parse_operators_listen(config.operators_listen) is not None:
            await served.enter_async_context(operators(node, config.operators_listen))
        await served.enter_async_context(_public(node, bound))
        async with watching(node.metrics):
            ready(address)
            notify("READY=1")
            await stop.wait()
        notify("STOPPING=1")
        stopping()


@asynccontextmanager
async def _public(node: Node, bound: socket.socket) -> AsyncIterator[None]:
    proxies = Proxies(parse_proxies(node.config.trusted_proxies))
    async with (
        running(build_app(node, build_workers(node)), seconds=_PUBLIC_SECONDS) as runner,
        listening_on(runner, bound, proxies=proxies),
    ):
        yield


@asynccontextmanager
async def _control(node: Node) -> AsyncIterator[None]:
    """The socket is made new: this process holds the home folder, so whoever left an old one is gone."""
    name = node.config.home / SOCKET_NAME
    name.unlink(missing_ok=True)
    async with running(build_control(node), seconds=CONTROL_SECONDS) as runner:
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
