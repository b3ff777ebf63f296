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
from node.app_keys import BRINGING, STRANGERS
from node.web.peers.held_bodies import Bringer

_MOST_HELD: Final = 2 * LARGEST_FILE
"""Bytes of all such bodies at once; beyond that whoever holds most and longest is waited for no more."""
_MOST_OF_ONE: Final = LARGEST_FILE + 2 * MEBIBYTE
"""The same for one address: a file, and an activity."""
_RETRY_SECONDS: Final = 5
_GO_ON: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


async def wait_to_be_asked(request: web.Request) -> None:
    """`Expect: 100-continue`: the body is asked for when it is known that it is wanted (RFC 9110 §10.1.1)."""
    if request.headers[hdrs.EXPECT].lower() != "100-continue":
        raise web.HTTPExpectationFailed


async def pieces(request: web.Request, bringer: Bringer, *, most: int, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes; raises HTTPRequestEntityTooLarge, Unintelligible, and TimeoutError when it breaks off."""
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)
    await _ask(request)
    deadline, length = asyncio.get_running_loop().time() + seconds, 0
    while True:
        async with bringer.waiting(deadline):
            piece = await _read(request)
        if not piece:
            return
        length += len(piece)
        if length > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=length)
        yield piece


async def read_whole(request: web.Request, *, most: int, seconds: float) -> bytes:
    """All of it; raises what `pieces` does, but HTTPRequestTimeout when it is late, and TooMany."""
    body = bytearray()
    try:
        with holding(request, 0) as bringer:
            async for piece in pieces(request, bringer, most=most, seconds=seconds):
                body += piece
                _hold(bringer, len(piece))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


@contextmanager
def holding(request: web.Request, length: int) -> Iterator[Bringer]:
    """Count so many bytes as held until the end of the block, and what is held besides; raises TooMany."""
    bringer = Bringer(request.config_dict[BRINGING], request.config_dict[STRANGERS].share(request))
    with bringer.under_way():
        _hold(bringer, length)
        yield bringer


def _hold(bringer: Bringer, length: int) -> None:
    """Of all together so much, and of one address; raises TooMany."""
    bringer.hold(length)
    if bringer.of_its_address > _MOST_OF_ONE or not bringer.make_room(_MOST_HELD):
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
