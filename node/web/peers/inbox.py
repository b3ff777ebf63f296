"""The inbox door: bytes in, 202 out; everything in between is `federation.inbox.receive`."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.helpers import ChainMapProxy

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.errors import TooMany
from federation.inbox.receive import LARGEST_BODY
from node.app_keys import NODE, READING, RECEIVER, STRANGERS
from node.metrics import reason_of
from node.web.admission import as_signed
from node.web.peers.held_bodies import Reading

_SECONDS: Final = 10
_TYPES: Final = frozenset({ACTIVITY_JSON, "application/ld+json"})
_MOST_UNDER_WAY: Final = 32 * 1024 * 1024
"""Bytes of all bodies being read; beyond that senders are asked to come again."""
_PART_OF_ONE: Final = 8
"""What part of them one address may have: else it could send slowly until nobody else is read."""
_RETRY_SECONDS: Final = 5
_Shared = ChainMapProxy
"""`request.config_dict`, made once a request: each time it is asked for it is made anew."""


async def post_inbox(request: web.Request) -> web.Response:
    """Take one delivery (ActivityPub §7.1), and count what came of it."""
    shared = request.config_dict
    metrics = shared[NODE].metrics
    began = metrics.clock()
    try:
        answer = await _take(request, shared)
    except Exception as refusal:
        metrics.refused[reason_of(refusal)] += 1
        raise
    finally:
        metrics.receiving.observe(metrics.clock() - began)
    return answer


async def _take(request: web.Request, shared: _Shared) -> web.Response:
    """The same answer whether it is new or known."""
    shared[STRANGERS].spend(request, shared[NODE].now())
    if request.content_type not in _TYPES or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if "Signature" not in request.headers:
        raise web.HTTPUnauthorized
    await _refuse_unknown_handle(request, shared)
    body = await _read_body(request)
    is_new = await shared[RECEIVER].receive(as_signed(request, body))
    shared[NODE].metrics.received["new" if is_new else "known"] += 1
    return web.Response(status=202)


async def _refuse_unknown_handle(request: web.Request, shared: _Shared) -> None:
    handle, known = request.match_info.get("handle"), shared[READING].handles
    if handle is None or handle in known:
        return
    if await shared[NODE].store.find_actor_by_handle(handle) is None:
        raise web.HTTPNotFound
    known.add(handle)


async def _read_body(request: web.Request) -> bytes:
    """At most 256 KiB within ten seconds; more is refused as soon as it is seen."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=request.content_length or 0)
    if request.content.is_eof():  # mostly it comes with its head, and nothing is waited for
        whole = await request.content.read()
        if len(whole) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=len(whole))
        return whole
    return await _await_body(request)


async def _await_body(request: web.Request) -> bytes:
    body, reading = bytearray(), request.config_dict[READING]
    share = request.config_dict[STRANGERS].share(request)
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                reading.hold(len(chunk), share)
                _refuse_too_much(body, reading, share)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    finally:
        reading.let_go(len(body), share)
    return bytes(body)


def _refuse_too_much(body: bytearray, reading: Reading, share: int | None) -> None:
    """Of one body, of all bodies of one address, or of all together."""
    if len(body) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=len(body))
    if share is not None and reading.of_one[share] > _MOST_UNDER_WAY // _PART_OF_ONE:
        raise TooMany("An address sends too much at once.", retry_after=_RETRY_SECONDS)
    if reading.held > _MOST_UNDER_WAY:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(_RETRY_SECONDS)})
