"""Steps on one MongoDB database: refused once it is closed, finished once begun, their errors told as ours.

A step is a function of a `Scope`. In a transaction it may be run again (another process wrote the same documents at the
same moment), so it touches nothing but the scope and what it returns.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pymongo.errors import DuplicateKeyError, PyMongoError

from storage.errors import StorageError, StoreBusy
from storage.mongo.driver import Client, Collection, begin
from storage.mongo.faults import is_passing, storage_error

T = TypeVar("T")

_PATIENCE: Final = 10.0
"""Seconds for which a step is run again, until somebody else is let in first."""
_LONGEST_PAUSE: Final = 0.1
_UNKNOWN_END: Final = "UnknownTransactionCommitResult"


@dataclass(frozen=True, slots=True)
class Scope:
    """The collections as a step sees them, in its transaction if it has one."""

    client: Client
    session: Any = None

    def __getitem__(self, name: str) -> Collection:
        return self.client.collection(name, self.session)


Step = Callable[[Scope], Awaitable[T]]


class Database:
    """An open database."""

    def __init__(self, client: Client) -> None:
        self.client: Final = client
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._end: asyncio.Task[None] | None = None

    async def read(self, step: Step[T]) -> T:
        """Run a step that only reads, without a transaction: each of its queries sees what is committed then."""
        return await self._run(self._plain(step))

    async def write(self, step: Step[T], *, then: Callable[[], None] | None = None) -> T:
        """Run a step that changes one document, or several of which each may stand alone.

        A caller cancelled meanwhile leaves the whole step. `then` is called when it is done or has failed.
        """
        return await self._run(self._plain(step), then)

    async def transact(self, step: Step[T], *, then: Callable[[], None] | None = None) -> T:
        """Run a step as one transaction that sees one moment; lost races are run again.

        `StoreBusy` when others are faster for ten seconds.
        """
        return await self._run(self._in_transactions(step), then)

    async def stop(self) -> None:
        """Finish what is under way and let go of the server; may be called twice, and at once."""
        self._closed = True
        if self._end is None:
            self._end = asyncio.create_task(self._close(), name="store-end")
        await asyncio.shield(self._end)

    async def _close(self) -> None:
        while self._under_way:
            await asyncio.wait(set(self._under_way))
        await self.client.close()

    async def _run(self, work: Coroutine[Any, Any, T], then: Callable[[], None] | None = None) -> T:
        task = self.begin(work)
        if then is not None:
            task.add_done_callback(lambda _done: then())
        return await asyncio.shield(task)

    def require_open(self) -> None:
        """Raise once the store is closed."""
        if self._closed:
            raise StorageError("The store is closed. Open it again before asking it anything.")

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start what is finished before the store lets go of the server, whoever still waits for it."""
        try:
            self.require_open()
        except StorageError:
            work.close()
            raise
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Its error is for whoever still waits; nobody may."""
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()

    async def _plain(self, step: Step[T]) -> T:
        try:
            return await step(Scope(self.client))
        except PyMongoError as error:
            raise storage_error(error) from error

    async def _in_transactions(self, step: Step[T]) -> T:
        deadline, pause = time.monotonic() + _PATIENCE, 0.001
        while True:
            try:
                return await self._in_one(step)
            except PyMongoError as error:
                lost_race = isinstance(error, DuplicateKeyError) or is_passing(error)
                if not lost_race or time.monotonic() > deadline:
                    raise _given_up(error) if lost_race else storage_error(error) from error
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311  spreads those who met
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _in_one(self, step: Step[T]) -> T:
        session = await self.client.start_session()
        try:
            await begin(session)
            try:
                value = await step(Scope(self.client, session))
            except BaseException:
                with suppress(PyMongoError):
                    await session.abort_transaction()
                raise
            await _commit(session)
            return value
        finally:
            await session.end_session()


async def _commit(session: Any) -> None:
    """Commit, once more when nobody knows whether it was: that changes nothing when it was."""
    try:
        await session.commit_transaction()
    except PyMongoError as error:
        if not error.has_error_label(_UNKNOWN_END):
            raise
        await session.commit_transaction()


def _given_up(error: PyMongoError) -> StorageError:
    """After a long row of lost races; a server that is away says so itself."""
    told = storage_error(error)
    if type(told) is not StorageError:
        return told
    return StoreBusy(
        "Many processes write the same part of the store at once, and this one was never let in. Nothing of this step "
        "was kept. Try again in a moment."
    )
