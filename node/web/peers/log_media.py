"""Files that a log's activities name, for mirrors: by digest, as bytes without a type of their own."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from node.app_keys import NODE
from node.context import Node
from node.web.peers import log_answers as answers
from node.web.peers.log_finding import read_media_digest
from storage.errors import NotFound, StorageError
from storage.ids import Digest
from storage.records import KeptLog

_PIECE: Final = 64 * 1024


async def send_media(request: web.Request, log: KeptLog) -> web.StreamResponse:
    """The file of the digest in the address: of ours while something that stands names it, of a peer's when held."""
    node, digest = request.config_dict[NODE], read_media_digest(request.match_info["digest"])
    if digest is None:
        return answers.not_there()
    is_named = await _is_ours(node, digest) if log.state == "ours" else await _is_held(node, log, digest)
    if is_named is None:
        return answers.not_there()
    if not is_named:
        return answers.withdrawn()
    size = await node.blobs.find_size(digest)
    return answers.not_there() if size is None else await _send(request, digest, size)


async def _is_ours(node: Node, digest: Digest) -> bool | None:
    return True if await node.store.find_media(digest) is not None else None


async def _is_held(node: Node, log: KeptLog, digest: Digest) -> bool | None:
    """Whether something that stands names it, and not only what is withheld; None when we do not hold it."""
    before = Digest(digest[:-1] + chr(ord(digest[-1]) - 1))
    found = await node.store.list_held_media(log.did, is_held=True, after=before, limit=1)
    if not found or found[0].digest != digest:
        return None
    return found[0].is_named and await node.withheld_files.find(log.did, digest) is None


async def _send(request: web.Request, digest: Digest, size: int) -> web.StreamResponse:
    blobs = request.config_dict[NODE].blobs
    try:
        first = await blobs.read_blob(digest, 0, _PIECE)
    except NotFound:
        return answers.not_there()
    answer = web.StreamResponse(headers=answers.headers_of(answers.TILE))
    answer.content_length = size
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    try:
        await answer.write(first)
        for start in range(_PIECE, size, _PIECE):
            await answer.write(await blobs.read_blob(digest, start, _PIECE))
        await answer.write_eof()
    except StorageError:  # taken back meanwhile: an answer that is under way can only break off
        if request.transport is not None:
            request.transport.abort()
    return answer
