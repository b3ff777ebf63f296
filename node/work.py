"""`worker`: what works behind the doors and no door, beside a node on a store of several machines."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from node.app import build_work, build_workers
from node.clock import refuse_early_clock
from node.config import Config
from node.context import Node, open_node
from node.notify import notify
from node.parts import find_parts, refuse_old
from node.refusal import Refusal
from node.running import operators, prepare_loop, running
from node.settings import parse_operators_listen
from node.watching import watching


async def work(config: Config, *, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
    """Run the workers until SIGINT or SIGTERM; `ready` is told once they run, `stopping` is called then.

    Raises `Refusal` for a store that only one process can have, and for what `serve` refuses, before anything is done.
    """
    if not config.is_shared:
        raise Refusal(
            "A worker runs beside a node on a store of several machines (MongoDB); this home keeps its store in a "
            "file, which one process has for itself. `picketline serve` does all the work here."
        )
    refuse_old(find_parts())
    stop = prepare_loop()
    async with open_node(config) as node, contextlib.AsyncExitStack() as served:
        refuse_early_clock(node.now())
        await node.server_clock.refuse_wrong()
        await node.projector.catch_up()
        if parse_operators_listen(config.operators_listen) is not None:
            await served.enter_async_context(operators(node, config.operators_listen))
        await served.enter_async_context(working(node))
        async with watching(node.metrics):
            ready()
            notify("READY=1")
            await stop.wait()
        notify("STOPPING=1")
        stopping()


@asynccontextmanager
async def working(node: Node) -> AsyncIterator[None]:
    """The workers of a node at work until the end of the block; they listen on nothing."""
    async with running(build_work(node, build_workers(node), kind="worker"), seconds=0):
        yield
