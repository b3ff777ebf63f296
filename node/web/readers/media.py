"""Pictures of updates at their own addresses: one fixed type each, never negotiated, never anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from federation.locations import MEDIA_ENDINGS
from federation.mirror.held_media import find_held_file
from node.app_keys import NODE
from node.context import Node
from node.web.answers import unless_known
from node.web.readers.pages import SANDBOXED
from storage.blobs import Blobs
from storage.errors import NotFound, StorageError
from storage.ids import Digest
from storage.records import MediaFile, Withheld

_HEADERS: Final[Mapping[str, str]] = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Disposition": "inline",
    "Content-Security-Policy": SANDBOXED,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""The bytes of an address never change. Opened by itself a file can run and load nothing; any site may show it."""
_PIECE: Final = 64 * 1024
"""Bytes read and sent at once, so that many slow readers need little memory."""


async def get_media(request: web.Request) -> web.StreamResponse:
    """A file of an update that stands, whole or in part (RFC 9110 §14); 451 with the public reason for one that only
    withheld updates name, 404 for every other."""
    node, digest = request.config_dict[NODE], Digest(request.match_info["digest"])
    file = await node.store.find_media(digest) or await _find_held(node, digest)
    if isinstance(file, Withheld):
        return _withheld(file)
    if file is None or MEDIA_ENDINGS.get(file.media_type) != request.match_info["ending"]:
        raise web.HTTPNotFound
    headers = {**_HEADERS, "ETag": f'"{digest}"', "Content-Type": file.media_type}
    known = unless_known(request, web.Response(headers=headers))
    if known.status == 304:
        return known
    part = _read_range(request, file)
    if part is None:
        return web.Response(
            status=416, headers={**headers, "Cache-Control": "no-store", "Content-Range": f"bytes */{file.size}"}
        )
    return await _send(request, file, part, headers, node.blobs)


def _withheld(why: Withheld) -> web.Response:
    """No cache may remember it: it is shown again once its update is."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=451, text=f"Withheld by this mirror: {why.reason}", headers=headers)


async def _find_held(node: Node, digest: Digest) -> MediaFile | Withheld | None:
    """A file of a peer's update that stands in a copy shown here; its type is one of ours, or it is not served."""
    held = await find_held_file(node.store, node.withheld_files, digest)
    if held is None or isinstance(held, Withheld):
        return held
    return MediaFile(digest=digest, media_type=held.media_type, width=0, height=0, size=held.size)


def _read_range(request: web.Request, file: MediaFile) -> range | None:
    """Which bytes are asked for: one range, or all; None when they cannot be had. More than one range is not given."""
    asked = request.headers.get("Range")
    if asked is None or request.method != "GET" or not _may_range(request, file):
        return range(file.size)
    if not asked.strip().lower().startswith("bytes="):
        return range(file.size)  # a unit we do not know is no range at all (§14.2)
    try:
        part = range(file.size)[request.http_range]
    except ValueError:
        return None
    return part if len(part) else None


def _may_range(request: web.Request, file: MediaFile) -> bool:
    """`If-Range` (§13.1.5): a part only of these very bytes."""
    held = request.headers.get("If-Range")
    return held is None or held.strip() == f'"{file.digest}"'


async def _send(
    request: web.Request, file: MediaFile, part: range, headers: Mapping[str, str], blobs: Blobs
) -> web.StreamResponse:
    is_whole = len(part) == file.size
    answer = web.StreamResponse(status=200 if is_whole else 206, headers=headers)
    answer.content_length = len(part)
    if not is_whole:
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    first = await _piece(blobs, file, part)
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    await answer.write(first)
    try:
        for start in range(part.start + _PIECE, part.stop, _PIECE):
            await answer.write(await _piece(blobs, file, range(start, part.stop)))
        await answer.write_eof()
    except (web.HTTPNotFound, StorageError):  # taken back meanwhile: an answer that is under way can only break off
        if request.transport is not None:
            request.transport.abort()
    return answer


async def _piece(blobs: Blobs, file: MediaFile, rest: range) -> bytes:
    """The next bytes; 404 when the file is gone, or is not as long as it was."""
    length = min(len(rest), _PIECE)
    try:
        piece = await blobs.read_blob(file.digest, rest.start, length)
    except NotFound:
        raise web.HTTPNotFound from None
    if len(piece) != length:
        raise web.HTTPNotFound
    return piece
