"""A home of a release that kept no tree: this one migrates it, serves it, and makes everything again beside its server.

`older_home.tar.xz` was made by that release's own commands: a campaign, three posts, of which one was edited, one
retracted and one pinned.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from federation.keys import load_private_ed25519
from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from tests.mongo_server import free_port
from tests.soak.crews import running

ARCHIVE: Final = Path(__file__).with_name("older_home.tar.xz")
UNION: Final = "did:key:z6MktXmjzRuBc2QkrhNUZC4uCoGSUw11btt35Mdfxw9d8ak1"
ENTRIES: Final = 8
"""The record of that home: its two actors' documents, six of what the commands did."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none yet
        archive.extractall(tmp_path)  # noqa: S202  our own file
    return tmp_path / "home"


@pytest.fixture
async def served(home: Path) -> AsyncIterator[str]:
    listen = f"127.0.0.1:{free_port()}"
    async with running(home, "serve", listen=listen):
        yield f"http://{listen}"


async def command(home: Path, *words: str) -> Any:
    """What a command answers, whose home a server has."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", "--home", str(home), "--json", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, problem = await process.communicate()
    assert told, problem.decode()
    return json.loads(told)


async def fetch(base: str, path: str) -> bytes:
    async with aiohttp.ClientSession(headers={"Host": "union.example"}) as session, session.get(base + path) as answer:
        assert answer.status == 200, path
        return await answer.read()


async def read_head(base: str, home: Path) -> Checkpoint:
    """The signed head, as soon as the record has one."""
    key = load_private_ed25519((home / "keys" / "log.pem").read_bytes()).public_key()
    path, note = f"/log/{UNION}/1/checkpoint", b""
    async with aiohttp.ClientSession(headers={"Host": "union.example"}) as session, asyncio.timeout(60):
        while not note:
            async with session.get(base + path) as answer:
                note = await answer.read() if answer.status == 200 else b""
    return open_checkpoint(note, origin=f"{UNION}/1", public=key)


async def test_a_home_of_an_older_release_is_served_with_its_whole_record(home: Path, served: str) -> None:
    head = await read_head(served, home)
    assert ENTRIES == head.size
    bodies = (await fetch(served, f"/log/{UNION}/1/activities?from=0&limit=9")).splitlines()
    assert ENTRIES == len(bodies)
    assert b"Three" in await fetch(served, "/@strike")
    found = {one["what"]: one["level"] for one in (await command(home, "check"))["findings"]}
    assert ("ok", "ok", "ok") == (found["store"], found["keys"], found["settings"])
    rebuilt = await command(home, "rebuild")
    assert (ENTRIES, head.root.hex()) == (rebuilt["entries"], rebuilt["root"])
    assert head == await read_head(served, home)
    reports = await command(home, "mirror", "verify")
    assert (True, []) == (reports["ok"], reports["problems"])
