"""SIGTERM in the middle of work, to a real process: it ends soon, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError, web

from federation.strictjson import JsonObject
from node.cli.reading import text
from node.config import Config
from node.control import client
from tests.federation.loopback import open_site
from tests.soak.crews import a_home
from tests.stories.strangers import Stranger, key_number, send

LONGEST_STOP = 10.0


class Hanging:
    """A server that takes deliveries and never answers; tells when the first has come."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    async def take(self, _request: web.Request) -> web.Response:
        self.came.set()
        await asyncio.sleep(60)
        return web.Response(status=202)


@asynccontextmanager
async def hanging() -> AsyncIterator[tuple[Hanging, str]]:
    server, app = Hanging(), web.Application()
    app.add_routes([web.post("/inbox/{number}", server.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield server, f"http://{host}:{port}"
    await runner.cleanup()


@asynccontextmanager
async def systemd(folder: Path) -> AsyncIterator[tuple[socket.socket, dict[str, str]]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"{folder}/notify")
        heard.setblocking(False)
        yield heard, {"NOTIFY_SOCKET": f"{folder}/notify"}


async def start(config: Config, environ: dict[str, str]) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", "--home", str(config.home), "serve",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PICKETLINE_LISTEN": config.url.removeprefix("http://"), **environ},
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline()
    return process


async def keep_writing(stranger: Stranger, inbox: str, stop: asyncio.Event) -> list[str]:
    """Send one follow after the other until the node is gone; the ids it acknowledged."""
    acknowledged = []
    while not stop.is_set():
        document: JsonObject = stranger.activity("Follow", inbox.replace("/inbox", "/actors/union"))
        body, headers = stranger.signed(inbox, document, datetime.now(UTC))
        try:
            if await send(inbox, body, headers) == 202:
                acknowledged.append(text(document, "id"))
        except (OSError, ClientConnectionError):  # closed before it was answered
            return acknowledged
    return acknowledged


def rows(config: Config, statement: str) -> list[Any]:
    with sqlite3.connect(config.store.removeprefix("sqlite:///")) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_in_the_middle_of_work_is_short_and_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    async with hanging() as (server, other), open_site() as site, systemd(tmp_path) as (heard, environ):
        config = await a_home(tmp_path, None, [other], 6)
        process = await start(config, environ)
        stop, stranger = asyncio.Event(), Stranger(site, key_number(1))
        writing = asyncio.create_task(keep_writing(stranger, f"{config.url}/inbox", stop))
        post: JsonObject = {"handle": "union", "text": "We walked out", "serial": "117000000000000001"}
        await asyncio.to_thread(client.call, config.home, "post", post)
        async with asyncio.timeout(20):
            await server.came.wait()
        process.send_signal(number)
        async with asyncio.timeout(LONGEST_STOP):
            _, log = await process.communicate()
        stop.set()
        acknowledged = await writing
        assert process.returncode == 0, log
        assert b"Traceback" not in log
        assert [heard.recv(100), heard.recv(100)] == [b"READY=1", b"STOPPING=1"]
    assert acknowledged, "nothing was acknowledged: this test would prove nothing"
    stored = {id.split(" ")[0] for (id,) in rows(config, "SELECT id FROM received")}
    assert set(acknowledged) - stored == set()
    assert rows(config, "SELECT count(*) FROM deliveries WHERE lease IS NOT NULL AND state = 'waiting'") == [(0,)]
    assert rows(config, "SELECT count(*) FROM received WHERE lease IS NOT NULL AND state = 'waiting'") == [(0,)]
    assert rows(config, "SELECT count(*) FROM deliveries WHERE state = 'waiting'")[0][0] >= 6
