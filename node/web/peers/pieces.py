"""Bodies that mirrors are brought, read piece by piece: bounded in bytes, in time, and in how much of all is held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import hdrs, web

from federation.errors import TooMany, Unintelligible
from federation.mirror.files import LARGEST_FILE
from federation.wire import MEBIBYTE
from node.app_keys import BRINGING, STRANGERS, Reading

_MOST_HELD: Final = 2 * LARGEST_FILE
"""Bytes of all such bodies at once; beyond that whoever sends is asked to come again."""
_MOST_OF_ONE: Final = LARGEST_FILE + 2 * MEBIBYTE
"""The same for one address: a file, and an activity."""
_RETRY_SECONDS: Final = 5
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


async def wait_to_be_asked(request: web.Request) -> None:
    """`Expect: 100-continue`: the body is asked for when it is known that it is wanted (RFC 9110 §10.1.1)."""
    if request.headers[hdrs.EXPECT].lower() != "100-continue":
        raise web.HTTPExpectationFailed


async def pieces(request: web.Request, *, most: int, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes; raises HTTPRequestEntityTooLarge, Unintelligible, and TimeoutError when it breaks off."""
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)
    await _ask(request)
    deadline, length = asyncio.get_running_loop().time() + seconds, 0
    while True:
        async with asyncio.timeout_at(deadline):
            piece = await _read(request)
        if not piece:
            return
        length += len(piece)
        if length > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=length)
        yield piece


async def read_whole(request: web.Request, *, most: int, seconds: float) -> bytes:
    """All of it; raises what `pieces` does, but HTTPRequestTimeout when it is late, and TooMany."""
    body, bringing = bytearray(), request.config_dict[BRINGING]
    share = request.config_dict[STRANGERS].share(request)
    try:
        async for piece in pieces(request, most=most, seconds=seconds):
            body += piece
            bringing.hold(len(piece), share)
            _refuse_too_much(bringing, share)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    finally:
        bringing.let_go(len(body), share)
    return bytes(body)


@contextmanager
def holding(request: web.Request, length: int) -> Iterator[None]:
    """Count so many bytes as held until the end of the block; raises TooMany."""
    bringing, share = request.config_dict[BRINGING], request.config_dict[STRANGERS].share(request)
    bringing.hold(length, share)
    try:
        _refuse_too_much(bringing, share)
        yield
    finally:
        bringing.let_go(length, share)


def _refuse_too_much(bringing: Reading, share: int | None) -> None:
    """Of all together, or of one address."""
    if bringing.held > _MOST_HELD or (share is not None and bringing.of_one[share] > _MOST_OF_ONE):
        raise TooMany("More is brought at once than can be held.", retry_after=_RETRY_SECONDS)


async def _ask(request: web.Request) -> None:
    if hdrs.EXPECT in request.headers:
        await request.writer.write(_GO_ON)
        request.writer.output_size = 0  # the answer itself has not begun


async def _read(request: web.Request) -> bytes:
    try:
        return await request.content.readany()
    except web.RequestPayloadError:
        raise Unintelligible("A body does not decompress.") from None
    except ConnectionError:
        raise TimeoutError from None  # whoever has gone sends no more, and hears no answer
