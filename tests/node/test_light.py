"""What a node on SQLite does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.homes import make_home

_SERVE = """
import asyncio, sys
from pathlib import Path
from aiohttp import web
import node.cli.root, node.serve
from node.app import build_app, build_workers
from node.config import load_config
from node.context import open_node

async def main():
    async with open_node(load_config(Path(sys.argv[1]), {})) as opened:
        runner = web.AppRunner(build_app(opened, build_workers(opened)))
        await runner.setup()
        await runner.cleanup()

asyncio.run(main())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


async def test_a_node_on_sqlite_loads_no_mongodb_driver(tmp_path: Path) -> None:
    config = await make_home(tmp_path)
    ran = subprocess.run(  # noqa: ASYNC221  nothing else is to run here meanwhile
        [sys.executable, "-c", _SERVE, str(config.home)], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert {"aiohttp", "storage"} <= loaded
    assert loaded & {"motor", "pymongo", "bson", "gridfs"} == set()
