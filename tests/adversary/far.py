"""Our node as it runs for good: https, port 443, public addresses only; its door is on loopback, its names a test's."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from node.actions.set_up import Request, set_up
from node.app import build_app, build_workers
from node.config import load_config
from node.context import Surroundings, open_node
from node.listening import listening_on
from node.running import running
from tests.adversary.paths import Walker
from tests.federation.loopback import Names
from tests.village import Chance, Clock, Villager, no_pause, played_server

OURS: Final = "union.example"


@asynccontextmanager
async def open_far(folder: Path, names: Names) -> AsyncIterator[Walker]:
    """A node at https://union.example that looks names up as the test says."""
    clock, chance = Clock(), Chance()
    around = Surroundings(
        now=clock,
        chance=chance.bits,
        jitter=lambda: 0.5,
        new_lease=chance.lease,
        pause=no_pause,
        ask_server=played_server,
        names=names,
    )
    home = folder / "far"
    asked = Request(
        home=home, name="Far", handle="union", url=f"https://{OURS}", kit=folder / "far.kit", passphrase=None
    )
    await set_up(asked, around)
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(open_node(load_config(home, {}), around))
        workers = build_workers(node)
        runner = await stack.enter_async_context(running(build_app(node, workers, run_workers=False), seconds=0.1))
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        await stack.enter_async_context(listening_on(runner, door))
        walker = Villager(node, workers, chance)
        yield Walker(us=walker, clock=clock, door=f"http://127.0.0.1:{door.getsockname()[1]}")
