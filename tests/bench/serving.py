"""`serve` as an admin runs it, in a process of its own: how soon it answers, what it holds, what it delivers."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from node.config import Config
from tests.bench.homes import HANDLE, TEXT, make_home

_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A node in another process; `seconds` is how long it took from its start to its first answer."""

    config: Config
    address: str
    pid: int
    seconds: float

    def mebibytes(self, what: str = "VmRSS") -> float:
        """Memory it holds now, or with VmHWM held at most."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.partition(f"{what}:")[2].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        """Processor time its threads have used; those that have ended are not counted."""
        return cpu_seconds(self.pid)

    async def say(self) -> None:
        """Publish an update as an organiser does."""
        home = str(self.config.home)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node", "--home", home, "post", HANDLE, TEXT, stdout=asyncio.subprocess.DEVNULL
        )  # fmt: skip
        assert await child.wait() == 0

    async def answer_seconds(self, path: str = "/nodeinfo/2.1") -> float:
        """How long it takes to answer now, over a new connection."""
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection(*self.address.split(":"))
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.address}\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        finally:
            writer.close()
        return time.perf_counter() - began


def cpu_seconds(pid: int) -> float:
    """Processor time of a process's threads; those that have ended are not counted."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


def free_address() -> str:
    """HOST:PORT of the loopback that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


async def closed_home(folder: Path, store: str | None = None) -> tuple[Config, str]:
    """A new home with an address of its own, which nobody serves yet."""
    address = free_address()
    return await make_home(folder, f"http://{address}", store), address


@asynccontextmanager
async def serving(config: Config, address: str) -> AsyncIterator[Served]:
    """Run `serve` on a home until the end of the block."""
    began = time.perf_counter()
    async with _running(config, "serve", "--listen", address) as child:
        served = Served(config=config, address=address, pid=child.pid, seconds=0)
        while not await _answers(served):
            assert child.returncode is None, "serve ended"
            assert time.perf_counter() - began < _PATIENCE, "serve does not answer"
        yield replace(served, seconds=time.perf_counter() - began)


@asynccontextmanager
async def working(config: Config) -> AsyncIterator[Served]:
    """Run `worker` on a home until the end of the block; it answers nobody."""
    began = time.perf_counter()
    async with _running(config, "worker") as child:
        assert child.stdout is not None
        assert await child.stdout.readline(), "worker ended"
        yield Served(config=config, address="", pid=child.pid, seconds=time.perf_counter() - began)


@asynccontextmanager
async def _running(config: Config, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", "--home", str(config.home), *command,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await child.wait()


async def _answers(served: Served) -> bool:
    try:
        await served.answer_seconds()
    except OSError:
        await asyncio.sleep(0.01)
        return False
    return True


def add_followers_at_once(config: Config, hosts: list[str], number: int) -> None:
    """As many followers with inboxes of their own, made by SQL in seconds; `add_followers` would take minutes."""
    rows = (
        (f"http://{hosts[place % len(hosts)]}/users/{place}", f"{config.url}/actors/{HANDLE}")
        for place in range(number)
    )
    with _opened(config) as connection:
        connection.executemany(
            "INSERT INTO followers (actor, follows, activity, inbox, shared_inbox, state, since)"
            " VALUES (?1, ?2, ?1 || '/follow', ?1 || '/inbox', NULL, 'accepted', 0)",
            rows,
        )


def repeat_update(config: Config, times: int) -> None:
    """Let the home's newest update stand there as often, with its record: by SQL, as above."""
    with _opened(config) as connection:
        connection.create_function("numbered", 2, lambda name, number: f"{name}{number:06}")
        (size,) = connection.execute("SELECT max(place) + 1 FROM entries").fetchone()
        for table, columns, repeated in _REPEATED:
            key = "place" if table == "entries" else "rowid"
            connection.execute(
                f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {times})"  # noqa: S608
                f" INSERT INTO {table} ({columns}) SELECT {repeated} FROM n CROSS JOIN"
                f" (SELECT * FROM {table} ORDER BY {key} DESC LIMIT 1)"
            )
        connection.execute("UPDATE cursors SET place = ?", (size + times,))


_REPEATED: Final = (
    (
        "activities",
        "id, actor, type, object, created_at, body",
        "numbered(id, x), actor, type, numbered(object, x), created_at, body",
    ),
    (
        "entries",
        "place, activity, actor, type, object, published_at, commitment",
        "place + x, numbered(activity, x), actor, type, numbered(object, x), published_at, commitment",
    ),
    (
        "posts",
        'id, actor, serial, activity, "index", tags, published_at, html, text, body',
        'numbered(id, x), actor, serial + x, numbered(activity, x), "index" + x, tags, published_at, html, text, body',
    ),
)


def _opened(config: Config) -> sqlite3.Connection:
    return sqlite3.connect(config.store.removeprefix("sqlite:///"))
