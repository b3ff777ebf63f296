"""The control socket: while the node runs, commands that write go through it, because only one process may.

HTTP over a Unix socket in the home folder, which only its owner may enter. `POST /<command>` with the parameters
as JSON is answered `{"done": …}` or `{"refused": sentence}`.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
from aiohttp import web

from federation.strictjson import JsonObject, JsonValue, load_object
from node.commands import COMMANDS, run_command
from node.context import Node
from node.errors import REFUSALS, Refusal

log = logging.getLogger(__name__)

SOCKET_NAME: Final = "control.sock"
_LARGEST: Final = 4 * 1024 * 1024
_NODE: Final = web.AppKey("control_node", Node)


class NotRunning(Exception):
    """No node listens in this home folder."""


class Interrupted(Exception):
    """The node went away before it answered: nobody knows yet whether the command was carried out."""


def build_control(node: Node) -> web.Application:
    """The application behind the socket."""
    app = web.Application(client_max_size=_LARGEST)
    app[_NODE] = node
    app.add_routes([web.post("/{command}", _answer, name="command")])
    return app


@contextmanager
def short_socket_path(home: Path) -> Iterator[str]:
    """The socket's path through an open folder: a Unix socket's own name may have 107 bytes at most (unix(7))."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET_NAME}"
    finally:
        os.close(folder)


async def call(home: Path, command: str, params: JsonObject) -> JsonValue:
    """Ask the running node; raises `NotRunning`, `Interrupted`, or `Refusal` with the node's own sentence."""
    with short_socket_path(home) as path:
        session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(path=path), timeout=aiohttp.ClientTimeout(total=None)
        )
        async with session:
            answer = await _exchange(session, command, params)
    if "refused" in answer:
        raise Refusal(str(answer["refused"]))
    return answer["done"]


async def _exchange(session: aiohttp.ClientSession, command: str, params: JsonObject) -> JsonObject:
    try:
        async with session.post(f"http://node/{quote(command)}", json=params) as response:
            return load_object(await response.read())
    except aiohttp.ClientConnectorError:
        raise NotRunning from None
    except (aiohttp.ClientError, OSError):
        raise Interrupted from None


async def _answer(request: web.Request) -> web.Response:
    """Carry a command out to its end, even when whoever asked has gone away."""
    command = request.match_info["command"]
    params = load_object(await request.read())
    if command not in COMMANDS:
        return web.json_response(
            {"refused": f"The running node knows no command “{command}”. Is it an older release?"}
        )
    return web.json_response(await asyncio.shield(_carry_out(command, params, request.config_dict[_NODE])))


async def _carry_out(command: str, params: JsonObject, node: Node) -> JsonObject:
    try:
        return {"done": await run_command(command, params, node)}
    except REFUSALS as refusal:
        return {"refused": str(refusal)}
    except Exception:
        log.exception("a command failed", extra={"command": command})
        return {
            "refused": "The node made a mistake while it did this; its log tells more. Nothing is half published."
        }
