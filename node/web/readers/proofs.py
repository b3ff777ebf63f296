"""The `.tlog-proof` of an update, ours or a peer's: a small text file that is checked offline (C2SP tlog-proof)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from federation.locations import is_serial
from federation.log.serve import Withdrawn, read_proof
from federation.mirror.held import find_held
from node.app_keys import NODE
from node.web.answers import named
from node.web.finding import get_named_actor
from node.web.readers.pages import SANDBOXED
from storage.ids import ObjectId
from storage.records import KeptLog

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": SANDBOXED,
    "X-Robots-Tag": "noindex",
    "Access-Control-Allow-Origin": "*",
}


async def get_proof(request: web.Request) -> web.Response:
    """Of an update of ours; 503 for the moment until its head is signed."""
    node, serial, actor = request.config_dict[NODE], request.match_info["serial"], await get_named_actor(request)
    post = await node.store.find_post(node.locations.post(serial)) if is_serial(serial) else None
    if post is None or post.actor != actor.id:
        raise web.HTTPNotFound
    if post.retracted_at is not None:
        raise web.HTTPGone
    logs = [log for log in await node.store.list_logs(node.union.did) if log.state == "ours"]
    answer = await _answer(request, logs[0], [post.id]) if logs else None
    if answer is None:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
    return answer


async def get_mirrored_proof(request: web.Request) -> web.Response:
    """Of an update in a copy."""
    held = await find_held(request.config_dict[NODE].store, request.match_info["domain"])
    serial = request.match_info["serial"]
    answer = await _answer(request, held.log, held.objects(serial)) if held and is_serial(serial) else None
    if answer is None:
        raise web.HTTPNotFound
    return answer


async def _answer(request: web.Request, log: KeptLog, ids: list[ObjectId]) -> web.Response | None:
    """The proof of the standing version; None when the signed head does not cover it."""
    store = request.config_dict[NODE].store
    for id in ids:
        leaf = await store.find_standing(log.name, id)
        if leaf is not None:
            proof = await read_proof(store, log, leaf.place)
            return None if proof is None else _file(proof, request.match_info["serial"])
    return None


def _file(proof: bytes | Withdrawn, serial: str) -> web.Response:
    if isinstance(proof, Withdrawn):
        raise web.HTTPGone
    name = {"Content-Disposition": f'attachment; filename="{serial}.tlog-proof"'}
    return web.Response(body=proof, headers={**_HEADERS, **name, **named(proof)})
