"""`POST /log/add-checkpoint`: anybody may tell of a newer head of a log that we mirror (C2SP tlog-witness)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from federation.errors import Unintelligible
from federation.mirror.discretion import PARAMETER
from federation.mirror.receive import LARGEST_SUBMISSION, Reply, union_named_in
from node.app_keys import HEAD_RECEIVER, NODE, STRANGERS
from node.web.peers.short_bodies import read_short

_SIZE: Final = "text/x.tlog.size"


async def post_checkpoint(request: web.Request) -> web.Response:
    """200 and nothing more when the head is pending now; 409 tells which one is."""
    shared = request.config_dict
    shared[STRANGERS].spend(request, shared[NODE].now())
    asker, raw = shared[STRANGERS].share(request), await read_short(request, most=LARGEST_SUBMISSION)
    if not await shared[NODE].pacts.is_open_to(union_named_in(raw), request.query.get(PARAMETER)):
        return _answer(Reply(404))
    return _answer(await shared[HEAD_RECEIVER].receive(raw, asker=asker))


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
