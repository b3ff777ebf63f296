"""Nodes whose store is SQLite's or MongoDB's, side by side in one process; what each asks the server is counted.

MongoDB is the tests' own server or the one that `PICKETLINE_TEST_MONGO_URI` names. Figures are µs of our own processor
time, which another process that is slow does not enter; the server's and the wall's are told beside them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, Literal
from unittest.mock import patch

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from storage.mongo import driver
from tests.bench.figures import Stopwatch, tell
from tests.bench.serving import cpu_seconds
from tests.mongo_server import MongoServer, mongo_server

Engine = Literal["SQLite", "motor", "pymongo"]
ENGINES: Final[tuple[Engine, ...]] = ("SQLite", "motor", "pymongo")
DURABLE: Final = "--sync-on-commit"
"""As a replica set does it: what is acknowledged is on the disk."""
_NOT_OURS: Final = "the tests' server is no mongod: the wall and its own time say nothing of one"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the stores on MongoDB are."""

    given: MongoServer
    name: str

    def about(self) -> dict[str, object]:
        """What a figure says of it."""
        return {"server": self.name, **({} if self.given.process is None else {"note": _NOT_OURS})}

    def cpu(self) -> float:
        """Its processor seconds so far; 0 when it is not ours to look at."""
        return 0.0 if self.given.process is None else cpu_seconds(self.given.process.pid)


@contextmanager
def a_server() -> Iterator[Server]:
    """The server of this run, and its name."""
    with mongo_server(DURABLE) as given:
        with given.client() as client:
            there = client.server_info()["version"]
        yield Server(given, f"SecantusDB {version('SecantusDB')}" if given.process else f"MongoDB {there}")


@contextmanager
def a_database(server: Server) -> Iterator[str]:
    """The address of a store that is there until the end of the block."""
    database = server.given.new_database()
    try:
        yield server.given.url(database)
    finally:
        server.given.forget(database)


@contextmanager
def driven_by(engine: Engine) -> Iterator[None]:
    """Clients connected in the block are that driver's."""
    with patch.dict(os.environ, {"PICKETLINE_MONGO_DRIVER": engine}):
        yield


@asynccontextmanager
async def stores(folder: Path) -> AsyncIterator[tuple[Server, Mapping[Engine, tuple[Path, str | None]]]]:
    """A folder and a store's address for a home on each engine; None is the file in the home."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(a_server())
        places: dict[Engine, tuple[Path, str | None]] = {}
        for engine in ENGINES:
            place = folder / engine
            await asyncio.to_thread(place.mkdir)
            places[engine] = (place, None if engine == "SQLite" else stack.enter_context(a_database(server)))
        yield server, places


class Asked(CommandListener):
    """How many commands were sent, but for those by which a driver looks after itself."""

    def __init__(self) -> None:
        self.number = 0

    def started(self, event: CommandStartedEvent) -> None:
        """One more."""
        self.number += event.command_name not in ("hello", "ping", "endSessions")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


@contextmanager
def counted() -> Iterator[Asked]:
    """Counts what clients send that are connected in the block."""
    asked = Asked()
    with patch.object(driver, "_OPTIONS", {**driver._OPTIONS, "event_listeners": [asked]}):
        yield asked


class Turns:
    """What each engine took, round by round, beside the limit in the same rounds."""

    def __init__(self, server: Server, what: str, limit: str, target: float) -> None:
        self._server, self._what, self._limit, self._target = server, what, limit, target
        self._costs: dict[Engine, list[tuple[float, ...]]] = {engine: [] for engine in ENGINES}
        self.limits: list[float] = []
        self.round_trips: dict[Engine, float] = {}

    def add(self, engine: Engine, number: int, items: int, watch: Stopwatch, served: float) -> None:
        """What the round of this number took for so many items, and the server's processor seconds; 0 only warms."""
        if number:
            self._costs[engine].append(tuple(spent / items * 1e6 for spent in (watch.cpu, watch.wall, served)))

    def tell(self) -> None:
        """One line for each engine."""
        limit, alone = median(self.limits[1:]), self._middle("SQLite")[0]
        for engine in ENGINES:
            cpu, wall, served = self._middle(engine)
            reached = limit / cpu
            facts: dict[str, object] = {"us": round(cpu, 1), "limit_us": round(limit, 1), "limit": self._limit}
            facts |= {"of_limit": round(reached, 3), "target": self._target, "met": reached >= self._target}
            facts |= {"wall_us": round(wall, 1)}
            if engine != "SQLite":
                facts |= {"times_sqlite": round(cpu / alone, 2), "round_trips": round(self.round_trips[engine], 3)}
                facts |= {"server_us": round(served, 1), **self._server.about()}
            tell(f"{self._what}, {'' if engine == 'SQLite' else 'MongoDB by '}{engine}", **facts)

    def _middle(self, engine: Engine) -> tuple[float, float, float]:
        cpu, wall, served = zip(*self._costs[engine], strict=True)
        return median(cpu), median(wall), median(served)
