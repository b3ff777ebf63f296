"""Everything below `/log/` that is read, of our own log and of each one we hold: one code for both (protocol §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from aiohttp import web

from federation.log import serve
from federation.log.serve import Withdrawn
from federation.mirror.hearing import write_word
from federation.mirror.pace import pace_of
from federation.strictjson import JsonValue
from federation.times import rfc3339
from federation.tlog.tiles import parse_tile_path
from node.app_keys import HEAD_WAITERS, NODE, STRANGERS
from node.web.peers import log_answers as answers
from node.web.peers.bring import put_activity, put_media
from node.web.peers.log_finding import find_served_log, read_number
from node.web.peers.log_media import send_media
from node.web.peers.pieces import wait_to_be_asked
from storage.records import KeptLog

_A_PAGE: Final = 256
"""Activities, when nobody says how many."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_OfLog = Callable[[web.Request, KeptLog], Awaitable[web.StreamResponse]]


def _of_log(answer: _OfLog) -> Handler:
    """Find the log that the address names; 404 where none is served."""

    @wraps(answer)
    async def handler(request: web.Request) -> web.StreamResponse:
        log = await find_served_log(request)
        return answers.not_there() if log is None else await answer(request, log)

    return handler


@_of_log
async def get_checkpoint(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """The signed head with its receipts; with `?size=N` once it covers so many entries, or after 8 s as it is."""
    store = request.config_dict[NODE].store
    if "size" in request.query:
        size = read_number(request.query["size"])
        if size is None:
            return answers.not_understood()
        asker = request.config_dict[STRANGERS].share(request)
        log = await request.config_dict[HEAD_WAITERS].wait(store, log.name, size, asker=asker) or log
    return answers.for_now(await serve.read_checkpoint_note(store, log), answers.NOTE)


@_of_log
async def get_tile(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """A tile of hashes or a bundle of entries, as far as the signed head covers it."""
    name = parse_tile_path(f"tile/{request.match_info['tile']}")
    body = None if name is None else await serve.read_tile(request.config_dict[NODE].store, log, name)
    if name is None or body is None:
        return answers.not_there()
    return answers.for_ever(body, may_shrink=name.level is None)


@_of_log
async def get_activities(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """Activities in order, one a line; a page ends at 1 MiB."""
    start, limit = read_number(request.query.get("from", "0")), read_number(request.query.get("limit", str(_A_PAGE)))
    if start is None or not limit:
        return answers.not_understood()
    if start > log.checkpoint_size:
        return answers.not_there()
    page = await serve.read_activities(request.config_dict[NODE].store, log, start, limit)
    return answers.for_a_minute(page, answers.LINES)


@_of_log
async def get_log_activity(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """The exact bytes of one activity, by the digest in its entry."""
    body = await serve.read_activity(request.config_dict[NODE].store, log, request.match_info["digest"])
    return _answer(body, answers.JSON)


@_of_log
async def get_proof(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """What proves to anybody, offline, that an entry stands in the log and who has seen it."""
    index = read_number(request.match_info["index"])
    body = None if index is None else await serve.read_proof(request.config_dict[NODE].store, log, index)
    return _answer(body, answers.NOTE)


@_of_log
async def get_log_media(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """A file that an activity of this log names."""
    return await send_media(request, log)


@_of_log
async def get_receipts(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """All receipts of listed mirrors, whatever size they are for."""
    rows = await serve.list_receipt_rows(request.config_dict[NODE].store, log)
    return answers.json_for_a_minute({"log": log.name, "receipts": rows})


@_of_log
async def get_withheld(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """What this node's organisers do not show of a log that it holds, and why."""
    kept = [] if log.state == "ours" else await request.config_dict[NODE].store.list_withheld(log.did)
    rows: list[JsonValue] = [{"object": one.object, "reason": one.reason, "since": rfc3339(one.since)} for one in kept]
    return answers.json_for_a_minute({"log": log.name, "withheld": rows})


@_of_log
async def get_home(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """What we know of whether the union's own server answers; nothing when we did not ask lately, or are the union."""
    node = request.config_dict[NODE]
    peer = None if log.state == "ours" else await node.store.find_peer(log.did)
    if peer is None or not pace_of(dev=node.config.dev).may_tell(peer, node.now()):
        return answers.not_there()
    return answers.json_for_a_minute(write_word(peer))


def _answer(body: bytes | Withdrawn | None, content_type: str) -> web.Response:
    if body is None:
        return answers.not_there()
    return answers.withdrawn() if isinstance(body, Withdrawn) else answers.for_a_minute(body, content_type)


_DID: Final = "{did:did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+}"
_LOGS: Final = {
    "epoch": f"/log/{_DID}/{{epoch:[1-9][0-9]*}}",
    "log": f"/log/{_DID}",
    "origin": "/log/{origin:[0-9a-f]+}",
}
"""The three names of a log; the second is that of the newest epoch."""
_PARTS: Final = {
    "checkpoint": ("/checkpoint", get_checkpoint),
    "tile": ("/tile/{tile:[0-9a-z/.]+}", get_tile),
    "activities": ("/activities", get_activities),
    "activity": ("/activity/{digest:[0-9A-Za-z]+}", get_log_activity),
    "proof": ("/proof/{index:[0-9]+}", get_proof),
    "media": ("/media/{digest:[0-9A-Za-z]+}", get_log_media),
    "receipts": ("/receipts", get_receipts),
    "withheld": ("/withheld", get_withheld),
    "home": ("/home", get_home),
}

_BROUGHT: Final = {"activity": put_activity, "media": put_media}

LOG_ROUTES: Final = [
    web.get(f"{prefix}{path}", handler, name=f"{kind}_{part}")
    for kind, prefix in _LOGS.items()
    for part, (path, handler) in _PARTS.items()
] + [
    web.put(f"{prefix}{_PARTS[part][0]}", handler, name=f"bring_{kind}_{part}", expect_handler=wait_to_be_asked)
    for kind, prefix in _LOGS.items()
    for part, handler in _BROUGHT.items()
]
