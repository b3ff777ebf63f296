"""A run with real processes: three unions, a server of strangers, and everything told about who they are."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Final

import aiohttp
import pytest
from yarl import URL

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, rows, text
from node.cli.stage import Home, Stage
from node.control.client import call
from storage.ids import next_serial
from tests.node.test_serve import free_port
from tests.privacy.plants import DIRECT, GIVEN_AWAY, QUERY
from tests.stories.strangers import Stranger, open_stranger

_SAID: Final = frozenset({"post", "edit", "retract", "boost", "pin"})
"""Commands that make something, once however often they are given."""


@dataclass(slots=True)
class Run:
    """What happens, and what everybody was answered."""

    folder: Path
    stage: Stage
    us: Home
    mirrors: list[Home]
    operators: str
    eve: Stranger
    sessions: list[aiohttp.ClientSession]
    """Whoever asks comes through a web server in front, then directly, in turn."""
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    said: bytes = b""
    """What processes that ended had said on their standard output."""
    _chance: Random = field(default_factory=lambda: Random(7))

    @property
    def campaign(self) -> str:
        return f"{self.us.url}/actors/strike"

    async def do(self, command: str, home: Home | None = None, **params: JsonValue) -> JsonValue:
        """Through the socket of a running node."""
        if command in _SAID:
            params["serial"] = next_serial(datetime.now(UTC), self._chance.getrandbits)
        return await asyncio.to_thread(call, (home or self.us).folder, command, params)

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        await asyncio.to_thread(self.stage.until, what, holds)

    def count(self, command: str, **params: JsonValue) -> int:
        """How many rows a command tells; for `until`."""
        return len(rows(call(self.us.folder, command, params)))

    async def tell(self, name: str, document: JsonObject, *, altered: bytes = b"") -> int:
        """Deliver what an actor says, signed, giving everything away; the answer."""
        inbox, key_id = f"{self.us.url}/inbox?{QUERY}", f"{self.eve.actor(name)}#main-key"
        body, headers = self.eve.signed(inbox, document, datetime.now(UTC), key_id=key_id)
        return await self.ask("POST", inbox, headers, body + altered)

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> int:
        """Exactly this, giving everything away."""
        session = self.sessions[0]
        self.sessions.reverse()
        given = {**GIVEN_AWAY, **headers}
        async with session.request(
            method, URL(url, encoded=True), headers=given, data=body, allow_redirects=False
        ) as answer:
            self.answers.append((f"{method} {url}", await answer.read() + str(answer.raw_headers).encode()))
            return answer.status

    def process(self, home: Home) -> int:
        """Its number."""
        return self.stage._running[home.url].pid

    async def end(self, home: Home, number: signal.Signals) -> int:
        """End a node with a signal; how it ended."""
        process = self.stage._running.pop(home.url)
        process.send_signal(number)
        out, _ = await asyncio.to_thread(process.communicate, None, 30)
        self.said += out
        return process.returncode


@asynccontextmanager
async def open_run(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Three unions whose pacts stand; everything that is written is below `folder`."""
    (folder / "temporary").mkdir()
    operators = f"127.0.0.1:{free_port()}"
    for name, value in (
        ("TMPDIR", str(folder / "temporary")),
        ("PICKETLINE_LOG_LEVEL", "debug"),
        ("PYTHONFAULTHANDLER", "1"),
    ):
        patch.setenv(name, value)
    async with AsyncExitStack() as stack:
        stage = stack.enter_context(Stage(folder, _nobody))
        with pytest.MonkeyPatch.context() as ours:
            ours.setenv("PICKETLINE_OPERATORS_LISTEN", operators)
            us = await asyncio.to_thread(stage.open_union, "koreno", "Koreno")
        patch.setenv("PICKETLINE_LOG_FORMAT", "json")
        opening = (asyncio.to_thread(stage.open_union, name, name.title()) for name in ("harbour", "tram"))
        mirrors = list(await asyncio.gather(*opening))
        sessions = [
            await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False)),
            await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(DIRECT, 0)), auto_decompress=False)
            ),
        ]
        eve = await stack.enter_async_context(open_stranger(1))
        run = Run(folder, stage, us, mirrors, f"http://{operators}", eve, sessions)
        await _make_pacts(run)
        yield run


def _nobody(_line: str) -> None:
    """Hears what the stage tells."""


async def _make_pacts(run: Run) -> None:
    homes = [run.us, *run.mirrors]
    for here, there in permutations(homes, 2):
        await run.do("peer add", here, url=there.url)
    for home in homes:
        await run.until("the pacts stand", partial(_is_sure, home))


def _is_sure(home: Home) -> bool:
    peers = rows(call(home.folder, "peer list", {}))
    return sum(text(one, "state") == "mutual" and bool(member(one, "confirmed_at")) for one in peers) == 2


def process_words(pid: int) -> bytes:
    """What everybody on the machine, and the same account, can read of a process."""
    return b"\n".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm", "stat"))


def dumps_core(pid: int) -> bool:
    """Whether a crash would leave a picture of the process' memory on the disk."""
    limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in limits if line.startswith("Max core file size")]
    return line.split()[4:6] != ["0", "0"]


def open_to_others(folder: Path) -> list[str]:
    """Files and folders in it that another account may read."""
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if os.lstat(one).st_mode & 0o077)
