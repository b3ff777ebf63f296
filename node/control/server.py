"""Answering commands while the node runs."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiohttp import web

from federation.strictjson import JsonObject, load_object
from node.commands import COMMANDS, run_command
from node.context import Node
from node.errors import REFUSALS

log = logging.getLogger(__name__)

_LARGEST: Final = 4 * 1024 * 1024
_NODE: Final = web.AppKey("control_node", Node)


def build_control(node: Node) -> web.Application:
    """The application behind the socket."""
    app = web.Application(client_max_size=_LARGEST)
    app[_NODE] = node
    app.add_routes([web.post("/{command}", _answer, name="command")])
    return app


async def _answer(request: web.Request) -> web.Response:
    """Carry a command out to its end, even when whoever asked has gone away."""
    command = request.match_info["command"]
    params = load_object(await request.read())
    if command not in COMMANDS:
        return web.json_response({"refused": f"The running node knows no command “{command}”. Is it an older release?"})
    return web.json_response(await asyncio.shield(_carry_out(command, params, request.config_dict[_NODE])))


async def _carry_out(command: str, params: JsonObject, node: Node) -> JsonObject:
    try:
        return {"done": await run_command(command, params, node)}
    except REFUSALS as refusal:
        return {"refused": str(refusal)}
    except Exception:
        log.exception("a command failed", extra={"command": command})
        return {"refused": "The node made a mistake while it did this; its log tells more. Nothing is half published."}
