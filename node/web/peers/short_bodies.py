"""Short bodies that anybody may post: read whole, bounded in bytes and in time."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

_SECONDS: Final = 10


async def read_short(request: web.Request, *, most: int) -> bytes:
    """At most so many bytes within ten seconds; raises HTTPRequestEntityTooLarge, HTTPRequestTimeout and, for any
    encoding, HTTPUnsupportedMediaType."""
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
