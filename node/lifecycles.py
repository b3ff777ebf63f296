"""Workers that live as long as the application: one generator each, joined in `app.py`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Final

from aiohttp import web

from federation.delivery.worker import DeliveryWorker
from federation.errors import HeadRefused
from federation.inbox.worker import InboxWorker
from federation.mirror.asked import PactWorker
from federation.mirror.wire_actor import WireWorker
from federation.mirror.worker import MirrorWorker
from federation.moves.worker import MoveWorker
from federation.troubles import Trouble
from node.actions.wire import keep_wire
from node.context import Node
from node.errors import ClockWrong
from node.housekeeping import keep_house
from node.presence import Presence
from node.web.readers.kept import KeptPages
from storage.errors import StorageError

log = logging.getLogger(__name__)

Lifecycle = Callable[[web.Application], AsyncIterator[None]]
_BY_ITSELF: Final = timedelta(seconds=30)
_AFTER_A_FAULT: Final = timedelta(seconds=5)


def inbox_lifecycle(worker: InboxWorker) -> Lifecycle:
    """Gives what was received its effect; on the way out gives back what it had claimed."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(worker.run(), name="inbox")
        yield
        worker.stop()
        await task

    return lifecycle


def moves_lifecycle(worker: MoveWorker) -> Lifecycle:
    """Looks into who says it has moved."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(worker.run(), "moves"):
            yield

    return lifecycle


def mirrors_lifecycle(worker: MirrorWorker) -> Lifecycle:
    """Keeps copies of peers' records, and tells mirrors of ours."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(worker.run(), "mirrors"):
            yield

    return lifecycle


def pacts_lifecycle(worker: PactWorker) -> Lifecycle:
    """Looks into who asks to be a peer."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(worker.run(), "pacts"):
            yield

    return lifecycle


def delivery_lifecycle(worker: DeliveryWorker) -> Lifecycle:
    """Delivers what is queued; on the way out finishes or releases what is in flight.

    The end begins with the application's: while requests finish, deliveries do too.
    """
    stop = asyncio.Event()

    async def begin_to_stop(_app: web.Application) -> None:
        stop.set()

    async def lifecycle(app: web.Application) -> AsyncIterator[None]:
        app.on_shutdown.append(begin_to_stop)
        task = asyncio.create_task(worker.run(stop), name="delivery")
        yield
        stop.set()
        worker.wake()
        await task

    return lifecycle


def presence_lifecycle(presence: Presence) -> Lifecycle:
    """Says that this process is there, as long as it is."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(presence.run(), "presence"):
            yield
        await presence.end()

    return lifecycle


def fan_out_lifecycle(node: Node, worker: DeliveryWorker) -> Lifecycle:
    """Reads the log on into the queue whenever the bell rings."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        awake = asyncio.Event()
        awake.set()
        node.delivery_bell.listeners.append(awake.set)
        async with _running(_fan_out(node, worker, awake), "fan-out"), _running(_ring_by_itself(node, awake), "waker"):
            yield
        node.delivery_bell.listeners.remove(awake.set)

    return lifecycle


def kept_pages_lifecycle(node: Node, pages: KeptPages) -> Lifecycle:
    """Forgets finished pages whenever what readers see has changed."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        node.readers_bell.listeners.append(pages.forget)
        yield
        node.readers_bell.listeners.remove(pages.forget)

    return lifecycle


def wire_lifecycle(node: Node, worker: WireWorker) -> Lifecycle:
    """Passes on what peers publish, as the node's own voice."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(keep_wire(node, worker), "wire"):
            yield

    return lifecycle


def housekeeping_lifecycle(node: Node) -> Lifecycle:
    """Forgets what nobody needs any more."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with _running(keep_house(node), "housekeeping"):
            yield

    return lifecycle


async def _ring_by_itself(node: Node, awake: asyncio.Event) -> None:
    """Now and then, where others publish too: one that died before it rang has nobody else to fan out for it."""
    while node.store.is_shared:
        await node.surroundings.pause(_BY_ITSELF.total_seconds())
        awake.set()


async def _fan_out(node: Node, worker: DeliveryWorker, awake: asyncio.Event) -> None:
    trouble = Trouble(log, "queues of what was published")
    while True:
        await awake.wait()
        awake.clear()
        try:
            node.server_clock.refuse_known()
            await _sign_head(node)
            await node.fan_out.catch_up()
            trouble.is_over()
        except Exception as problem:
            if isinstance(problem, StorageError | ClockWrong | HeadRefused):
                trouble.halts(problem)
            else:
                log.exception("fanning out starts again")
            await node.surroundings.pause(_AFTER_A_FAULT.total_seconds())
            awake.set()
        worker.wake()


async def _sign_head(node: Node) -> None:
    """What is delivered stands below a signed head; while another process signs it, that one is waited for."""
    while not await node.heads.bring_up():
        await node.turns.look_again()


@contextlib.asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
