"""What whoever looks after the machine asks, on a listener of its own: is it alive, is it ready, how does it do."""

from __future__ import annotations

import asyncio

from aiohttp import web

from node.context import Node
from node.web.operators.readiness import STORE_SECONDS, Readiness
from storage.errors import StorageError

NODE = web.AppKey("operators_node", Node)
READINESS = web.AppKey("readiness", Readiness)


async def get_live(_request: web.Request) -> web.Response:
    """The process runs and its event loop answers."""
    return web.Response(text="alive\n")


async def get_ready(request: web.Request) -> web.Response:
    """200, or 503 with what is in the way, a line each."""
    problems = await request.config_dict[READINESS].find_problems()
    if not problems:
        return web.Response(text="ready\n")
    lines = "".join(f"{name}: {says}\n" for name, says in problems.items())
    return web.Response(status=503, text=lines)


async def get_metrics(request: web.Request) -> web.Response:
    """Prometheus' text; what writes it is loaded by the first who asks."""
    from node.web.operators.exposition import CONTENT_TYPE, expose, take_snapshot

    node = request.config_dict[NODE]
    try:
        async with asyncio.timeout(STORE_SECONDS):
            snapshot = await take_snapshot(node)
    except (StorageError, TimeoutError):
        snapshot = None
    return web.Response(body=expose(node.metrics, snapshot), headers={"Content-Type": CONTENT_TYPE})


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """No cache keeps how it was, and no library tells its release."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Server"] = "Picketline"


ROUTES = [
    web.get("/-/live", get_live, name="live"),
    web.get("/-/ready", get_ready, name="ready"),
    web.get("/-/metrics", get_metrics, name="metrics"),
]


def build_operators(node: Node) -> web.Application:
    """The application behind the operators' listener; nothing else is on it, and it is on no other."""
    app = web.Application(client_max_size=0)
    app.on_response_prepare.append(_add_headers)
    app[NODE], app[READINESS] = node, Readiness(node)
    app.add_routes(ROUTES)
    return app
