"""What somebody brings of a log that we cannot fetch: `add-entries` (C2SP tlog-mirror), and `PUT` of bodies."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from federation.mirror.adding import Added
from federation.mirror.brought import NOT_NAMED
from federation.mirror.discretion import PARAMETER
from federation.mirror.entries import LARGEST_ENTRY
from federation.mirror.files import LARGEST_FILE
from federation.mirror.receive import Reply
from federation.tlog.packages import INFO_TYPE, MOST_PACKAGES, UPLOAD_TYPE, write_info
from federation.tlog.tiles import TILE_WIDTH
from federation.wire import MEBIBYTE
from node.app_keys import BODY_RECEIVER, ENTRY_RECEIVER, NODE, STRANGERS
from node.web.peers.log_finding import find_kept_log, read_media_digest
from node.web.peers.pieces import holding, pieces, read_whole
from storage.records import HeldMedia

_ENTRIES_SECONDS: Final = 30.0
_ACTIVITY_SECONDS: Final = 10.0
_MEDIA_SECONDS: Final = 60.0
"""As long as a file that we fetch may take."""
_LARGEST_PACKAGE: Final = TILE_WIDTH * (LARGEST_ENTRY + 16)
"""Bytes: of an upload no more is held at once."""
_LARGEST_UPLOAD: Final = MOST_PACKAGES * _LARGEST_PACKAGE
"""Bytes, decompressed: as many packages as are looked at, of the largest entries."""
_PLAIN: Final = frozenset({"", "identity"})
_WORDS: Final = {
    404: "Not Found\n",
    409: "Conflict\n",
    410: "Gone\n",
    422: "Unprocessable Entity\n",
    507: "Insufficient Storage\n",
}


async def post_entries(request: web.Request) -> web.Response:
    """200 with our receipt, 202 and 409 with how far we are."""
    asker = _admit(request)
    if request.content_type != UPLOAD_TYPE or _encoding(request) not in {*_PLAIN, "gzip"}:
        raise web.HTTPUnsupportedMediaType
    with holding(request, _LARGEST_PACKAGE) as bringer:
        body = pieces(request, bringer, most=_LARGEST_UPLOAD, seconds=_ENTRIES_SECONDS)
        added = await request.config_dict[ENTRY_RECEIVER].receive(body, asker=asker, word=request.query.get(PARAMETER))
        return _end(request, _tell(added))


async def put_activity(request: web.Request) -> web.Response:
    """204 once it is held, whether it was brought now or before."""
    asker, receiver = _admit(request), request.config_dict[BODY_RECEIVER]
    kept = await find_kept_log(request)
    if kept is None:
        return _reply(request, Reply(NOT_NAMED))
    wanted = await receiver.find_activity(kept, request.match_info["digest"], asker=asker)
    if isinstance(wanted, Reply):
        return _reply(request, wanted)
    _refuse_encoded(request)
    body = await read_whole(request, most=MEBIBYTE, seconds=_ACTIVITY_SECONDS)
    return _reply(request, await receiver.take_activity(wanted, body, asker=asker))


async def put_media(request: web.Request) -> web.Response:
    """The same for a file, of which the size must be told."""
    asker, receiver = _admit(request), request.config_dict[BODY_RECEIVER]
    kept, digest = await find_kept_log(request), read_media_digest(request.match_info["digest"])
    if kept is None or digest is None:
        return _reply(request, Reply(NOT_NAMED))
    if request.content_length is None:
        raise web.HTTPLengthRequired
    row = await receiver.find_file(kept, digest, request.content_length, asker=asker)
    if not isinstance(row, HeldMedia):
        return _reply(request, row)
    _refuse_encoded(request)
    body = await read_whole(request, most=LARGEST_FILE, seconds=_MEDIA_SECONDS)
    return _reply(request, await receiver.take_file(row, body, asker=asker))


def _admit(request: web.Request) -> int | None:
    """Under what whoever asks is counted; raises TooMany."""
    shared = request.config_dict
    shared[STRANGERS].spend(request, shared[NODE].now())
    return shared[STRANGERS].share(request)


def _encoding(request: web.Request) -> str:
    return request.headers.get("Content-Encoding", "").strip().lower()


def _refuse_encoded(request: web.Request) -> None:
    if _encoding(request) not in _PLAIN:
        raise web.HTTPUnsupportedMediaType


def _tell(added: Added) -> web.Response:
    if added.info is not None:
        return web.Response(status=added.status, body=write_info(added.info), headers={"Content-Type": INFO_TYPE})
    if added.status == 200:
        return web.Response(text=added.lines)
    return web.Response(status=added.status, text=_WORDS[added.status])


def _reply(request: web.Request, reply: Reply) -> web.Response:
    words = _WORDS.get(reply.status)
    return _end(request, web.Response(status=reply.status, text=words))


def _end(request: web.Request, answer: web.Response) -> web.Response:
    """Whatever was not read is not worth keeping the connection for."""
    answer.headers["Accept-Encoding"] = "gzip"
    if not request.content.is_eof():
        answer.force_close()
    return answer
