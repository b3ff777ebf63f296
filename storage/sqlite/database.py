"""One writer thread, readers beside it, and hops between them and the event loop.

A step is a function of a connection. It may be run again (a group in which one fails is run anew), so it
touches nothing but the connection and what it returns. Whatever a step or SQLite does, each hop gets an outcome
and the threads go on: a thread that ended would leave everybody after it waiting for ever.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeVar, cast

from storage.errors import StorageError
from storage.sqlite.faults import storage_error

T = TypeVar("T")
Step = Callable[[sqlite3.Connection], T]

_GROUP: Final = 128
"""Steps that share one commit at most."""
LARGE: Final = 16
"""Rows from which on a step lets others go first."""


@dataclass(frozen=True, slots=True)
class _Hop:
    """A step on its way to a thread, and who waits for it."""

    step: Step[Any]
    future: asyncio.Future[Any]
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a step: its value, or why it failed."""

    value: Any = None
    error: Exception | None = None


_Hops = SimpleQueue[_Hop | None]
"""None tells the thread to stop."""


class Database:
    """The file, open. Writes are grouped: whatever queues up during one commit shares the next.

    Large writes are not: each is a transaction of its own, and whatever else waits goes first, so that a small one, as
    publishing is, waits for one large one at most.
    """

    def __init__(
        self,
        path: Path,
        writer: sqlite3.Connection,
        readers: Sequence[sqlite3.Connection],
        near: sqlite3.Connection,
    ) -> None:
        """A thread for the writer and for each of the readers; `near` reads for whoever asks, where it asks."""
        self.path: Final = path
        self._closed = False
        self._door = Lock()
        """Held while a hop or the end is queued, so that no hop comes after the end."""
        self._writes: _Hops = SimpleQueue()
        self._reads: _Hops = SimpleQueue()
        self._writer = Thread(target=_write, args=(writer, self._writes, path), name="store-writer", daemon=True)
        self._near = near
        self._readers = [
            Thread(target=_read, args=(reader, self._reads, path), name="store-reader", daemon=True)
            for reader in readers
        ]
        for thread in (self._writer, *self._readers):
            thread.start()

    async def write(self, step: Step[T], *, then: Callable[[], None] | None = None, rows: int = 0) -> T:
        """Run a step in a transaction and return once it is on the disk; `rows` is how many it writes, if many.

        A caller cancelled meanwhile leaves the whole step or, before its turn to ask, nothing. `then` is called when
        the step is done or has failed, before the caller goes on, and also when the caller was cancelled.
        """
        future = self._hop(self._writes, step, is_large=rows >= LARGE)
        if then is not None:
            future.add_done_callback(lambda _done: then())
        return await asyncio.shield(future)

    async def read(self, step: Step[T]) -> T:
        """Run a step that only reads; it sees one moment of the store, after every write returned so far."""
        return await self._hop(self._reads, step)

    async def look_up(self, step: Step[T]) -> T:
        """`read` for one row by its key, here and now: that takes less than the way to a thread and back."""
        with self._door:
            if self._closed:
                raise self._is_closed()
            outcome: _Outcome = _look(self._near, step, self.path)
        if outcome.error is not None:
            raise outcome.error
        return cast(T, outcome.value)

    def stop(self) -> None:
        """Finish what is queued, end the threads and close the file; blocks; may be called twice."""
        with self._door:
            first, self._closed = not self._closed, True
        if first:
            self._near.close()
            for _ in self._readers:
                self._reads.put(None)
            for reader in self._readers:
                reader.join()
            self._writes.put(None)  # the last connection to close folds the log file into the store
        self._writer.join()

    def _hop(self, hops: _Hops, step: Step[T], *, is_large: bool = False) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._door:
            if self._closed:
                raise self._is_closed()
            hops.put(_Hop(step, future, is_large))
        return future

    def _is_closed(self) -> StorageError:
        return StorageError(f"The store {self.path} is closed. Open it again before asking it anything.")


def _write(connection: sqlite3.Connection, hops: _Hops, path: Path) -> None:
    """The writer thread: one transaction for all that waits, then the answers; then one of those that are large."""
    going, large = True, deque[_Hop]()
    while going or large:
        group: list[_Hop] = []
        if going:
            group, going = _next_group(hops, large)
        for some in (group, [large.popleft()] if large else []):
            if some:
                _answer(some, _run_together(connection, some, path))
    connection.close()


def _next_group(hops: _Hops, large: deque[_Hop]) -> tuple[list[_Hop], bool]:
    """What is queued now, the large ones apart; at least one hop, if none waits already; False with the last."""
    group: list[_Hop] = []
    while len(group) < _GROUP:
        try:
            hop = hops.get(block=not group and not large)
        except Empty:
            return group, True
        if hop is None:
            return group, False
        (large if hop.is_large else group).append(hop)
    return group, True


def _run_together(connection: sqlite3.Connection, group: list[_Hop], path: Path) -> list[_Outcome]:
    """One commit for the group.

    Hardly ever does a step fail: then all run again, each apart from the others; and when SQLite gives the whole
    transaction up, each for itself.
    """
    for run in (_run_bare, _run_in_savepoint) if len(group) > 1 else ():
        try:
            _begin(connection, "BEGIN IMMEDIATE")
            outcomes = [run(connection, hop.step, path) for hop in group]
            connection.execute("COMMIT")
        except BaseException:  # noqa: BLE001  each step is told what it meets when it runs again
            _roll_back(connection)
        else:
            return outcomes
    return [_run_alone(connection, hop.step, path) for hop in group]


def _run_bare(connection: sqlite3.Connection, step: Step[Any], _path: Path) -> _Outcome:
    """Whatever the step raises: then nothing of the group is kept, and it runs again."""
    return _Outcome(step(connection))


def _run_in_savepoint(connection: sqlite3.Connection, step: Step[Any], path: Path) -> _Outcome:
    """`sqlite3.Error` when the transaction around it is gone; any other failure is the step's own."""
    connection.execute("SAVEPOINT step")
    try:
        outcome = _Outcome(step(connection))
    except BaseException as error:  # noqa: BLE001  it is raised where the step is awaited
        connection.execute("ROLLBACK TO step")
        outcome = _failure(error, path)
    connection.execute("RELEASE step")
    return outcome


def _run_alone(connection: sqlite3.Connection, step: Step[Any], path: Path) -> _Outcome:
    try:
        _begin(connection, "BEGIN IMMEDIATE")
        outcome = _Outcome(step(connection))
        connection.execute("COMMIT")
    except BaseException as error:  # noqa: BLE001  it is raised where the step is awaited
        _roll_back(connection)
        return _failure(error, path)
    return outcome


def _begin(connection: sqlite3.Connection, begin: str) -> None:
    """Begin anew; a transaction that could not be rolled back before is rolled back first, or nothing begins."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute(begin)


def _roll_back(connection: sqlite3.Connection) -> None:
    """When this fails the next step tries again in `_begin`, so what was given up is never committed."""
    with suppress(Exception):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _failure(error: BaseException, path: Path) -> _Outcome:
    """What a future can carry: neither StopIteration nor what would end the loop that waits."""
    if isinstance(error, sqlite3.Error):
        return _Outcome(error=storage_error(error, path))
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return _Outcome(error=error)
    fault = StorageError(
        f"A step of the store {path} broke off ({type(error).__name__}). Nothing of this step was kept. "
        "Please report this sentence; it is a mistake in the program."
    )
    fault.__cause__ = error
    return _Outcome(error=fault)


def _read(connection: sqlite3.Connection, hops: _Hops, path: Path) -> None:
    """A reader thread: each step sees one moment of the store."""
    while (hop := hops.get()) is not None:
        _answer([hop], [_look(connection, hop.step, path)])
    connection.close()


def _look(connection: sqlite3.Connection, step: Step[Any], path: Path) -> _Outcome:
    """A transaction that keeps nothing, so that it also ends well on a damaged file."""
    try:
        _begin(connection, "BEGIN")
        return _Outcome(step(connection))
    except BaseException as error:  # noqa: BLE001  it is raised where the step is awaited
        return _failure(error, path)
    finally:
        _roll_back(connection)


def _answer(group: list[_Hop], outcomes: list[_Outcome]) -> None:
    """Hand the outcomes to the loops that wait for them, one wake-up per loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], _Outcome]]] = {}
    for hop, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(hop.future.get_loop(), []).append((hop.future, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more, and the step stands


def _settle(settled: list[tuple[asyncio.Future[Any], _Outcome]]) -> None:
    for future, outcome in settled:
        if future.done():
            continue
        if outcome.error is None:
            future.set_result(outcome.value)
        else:
            future.set_exception(outcome.error)
