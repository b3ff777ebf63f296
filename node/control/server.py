"""Answering commands while the node runs; what they are made of is loaded with the first, not at the start."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from aiohttp import web

from federation.errors import NotJson
from federation.strictjson import JsonObject, load_object
from node.context import Node
from node.errors import REFUSALS, MissingPart
from node.refusal import Refusal
from storage.errors import StoreAway

log = logging.getLogger(__name__)

_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one command."""
_LONGEST_ECHO: Final = 200
_LONGEST_REFUSAL: Final = 2000
"""Letters; an organiser reads it in a terminal."""
_GRACE: Final = timedelta(seconds=3)
_LAST_WORD: Final = timedelta(seconds=1)
_NODE: Final = web.AppKey("control_node", Node)
_UNDER_WAY: Final = web.AppKey("control_under_way", set[asyncio.Task[JsonObject]])
"""Commands being carried out: the loop itself keeps no task alive."""
_GRACE_GIVEN: Final = web.AppKey("control_grace", timedelta)


def build_control(node: Node, *, grace: timedelta = _GRACE) -> web.Application:
    """The application behind the socket; at its end commands under way have `grace` to finish, then are cancelled."""
    app = web.Application(client_max_size=_LARGEST)
    app[_NODE], app[_UNDER_WAY], app[_GRACE_GIVEN] = node, set(), grace
    app.add_routes([web.post("/{command}", _answer, name="command")])
    app.on_cleanup.append(_finish)
    return app


async def _answer(request: web.Request) -> web.Response:
    """Carry a command out to its end, even when whoever asked has gone away."""
    command = request.match_info["command"]
    try:
        params = await _read_params(request, command)
    except Refusal as refusal:
        return web.json_response({"refused": str(refusal)})
    under_way = request.config_dict[_UNDER_WAY]
    task = asyncio.create_task(_carry_out(command, params, request.config_dict[_NODE]), name=f"command {command}")
    under_way.add(task)
    task.add_done_callback(under_way.discard)
    return web.json_response(await asyncio.shield(task))


async def _read_params(request: web.Request, command: str) -> JsonObject:
    from node.commands import COMMANDS

    if command not in COMMANDS:
        raise Refusal(f"The running node knows no command “{command}”. Is it an older release?")
    try:
        return load_object(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(f"That is more than the {_LARGEST // 2**20} MiB the node takes at once. Shorten it.") from None
    except NotJson:
        raise Refusal("The node was sent no JSON object, so it did nothing. Ask it with `picketline`.") from None


async def _carry_out(command: str, params: JsonObject, node: Node) -> JsonObject:
    from node.commands import run_command

    try:
        return {"done": await run_command(command, params, node)}
    except MissingPart as missing:
        log.warning("a command lacks a part", extra={"command": command}, exc_info=True)
        wanted = f"The command “{command}” lacks its {missing.part!r}, or that is no text."
        return {"refused": f"{wanted} Is it another release's?"}
    except StoreAway as away:
        return {"refused": str(away), "away": True}
    except REFUSALS as refusal:
        return {"refused": _without_echo(str(refusal), params)}
    except Exception:
        log.exception("a command failed", extra={"command": command})
        return {"refused": "The node made a mistake while it did this; its log tells more. Nothing is half published."}


def _without_echo(sentence: str, params: JsonObject) -> str:
    """A refusal that repeats only the beginning of what was long in the command."""
    for value in params.values():
        for said in {value, value.strip()} if isinstance(value, str) and len(value) > _LONGEST_ECHO else ():
            sentence = sentence.replace(said, f"{said[:_LONGEST_ECHO]}…")
    return sentence if len(sentence) <= _LONGEST_REFUSAL else f"{sentence[:_LONGEST_REFUSAL]}…"


async def _finish(app: web.Application) -> None:
    """Let commands under way end while the store is still open."""
    under_way = app[_UNDER_WAY]
    if not under_way:
        return
    _, late = await asyncio.wait(under_way, timeout=app[_GRACE_GIVEN].total_seconds())
    for task in late:
        log.warning("a command was broken off at the end", extra={"task": task.get_name()})
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_LAST_WORD.total_seconds())
