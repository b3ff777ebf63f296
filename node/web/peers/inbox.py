"""The inbox door: bytes in, 202 out; everything in between is `federation.inbox.receive`."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from federation.httpsig.request import SignedRequest
from federation.inbox.receive import LARGEST_BODY
from node.app_keys import RECEIVER

_SECONDS: Final = 10
_TYPES: Final = frozenset({"application/activity+json", "application/ld+json"})


async def post_inbox(request: web.Request) -> web.Response:
    """Take one delivery (ActivityPub §7.1); the same answer whether it is new or known."""
    if request.content_type not in _TYPES or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    body = await _read_body(request)
    await request.config_dict[RECEIVER].receive(_as_signed(request, body))
    return web.Response(status=202)


async def _read_body(request: web.Request) -> bytes:
    """At most 256 KiB within ten seconds; more is refused as soon as it is seen."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _as_signed(request: web.Request, body: bytes) -> SignedRequest:
    """The request as plain data, the target as it stood in the request line."""
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    return SignedRequest(method=request.method, target=request.raw_path, headers=headers, body=body)
