"""`POST /log/add-checkpoint`: anybody may tell of a newer head of a log that we mirror (C2SP tlog-witness)."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from federation.errors import Unintelligible
from federation.mirror.discretion import PARAMETER
from federation.mirror.receive import LARGEST_SUBMISSION, Reply, union_named_in
from node.app_keys import HEAD_RECEIVER, NODE, STRANGERS

_SECONDS: Final = 10
_SIZE: Final = "text/x.tlog.size"


async def post_checkpoint(request: web.Request) -> web.Response:
    """200 and nothing more when the head is pending now; 409 tells which one is."""
    shared = request.config_dict
    shared[STRANGERS].spend(request, shared[NODE].now())
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    asker, raw = shared[STRANGERS].share(request), await _read(request)
    if not await shared[NODE].pacts.is_open_to(union_named_in(raw), request.query.get(PARAMETER)):
        return _answer(Reply(404))
    return _answer(await shared[HEAD_RECEIVER].receive(raw, asker=asker))


async def _read(request: web.Request) -> bytes:
    """At most 32 KiB within ten seconds."""
    if (request.content_length or 0) > LARGEST_SUBMISSION:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_SUBMISSION, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST_SUBMISSION:
                    raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_SUBMISSION, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


def _answer(reply: Reply) -> web.Response:
    if reply.status == 200:
        return web.Response(status=200)
    if reply.status == 409:
        return web.Response(status=409, body=f"{reply.size}\n".encode(), headers={"Content-Type": _SIZE})
    if reply.status == 400:
        raise Unintelligible("A head that was submitted has not the shape that it must have.")
    return web.Response(status=reply.status, text=_WORDS[reply.status])


_WORDS: Final = {
    403: "Forbidden\n",
    404: "Not Found\n",
    422: "Unprocessable Entity\n",
}
