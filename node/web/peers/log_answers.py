"""How parts of logs leave (protocol §3): never as ActivityStreams, and kept by caches only where nothing can change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject

NOTE: Final = "text/plain; charset=utf-8"
TILE: Final = "application/octet-stream"
LINES: Final = "application/jsonl"
JSON: Final = "application/json"

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_A_MINUTE: Final = "max-age=60, must-revalidate"
_ASK_AGAIN: Final = "no-cache"
_NEVER: Final = "no-store"
_ALWAYS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Opened by itself it can run and load nothing; scripts of any site may read it."""


def for_ever(body: bytes, *, may_shrink: bool = False) -> web.Response:
    """A tile or bundle: its address never means other bytes. Bundles go compressed to whoever takes them so."""
    answer = web.Response(body=body, headers={**_ALWAYS, "Content-Type": TILE, "Cache-Control": _FOR_EVER})
    if may_shrink:
        answer.headers["Vary"] = "Accept, Accept-Encoding"
        answer.enable_compression()
    return answer


def for_a_minute(body: bytes, content_type: str) -> web.Response:
    """What may change: more entries follow, something is taken back."""
    return web.Response(body=body, headers=_named(body, content_type, _A_MINUTE))


def for_now(body: bytes, content_type: str) -> web.Response:
    """The head: asked for again each time, and answered by 304 while it stands."""
    return web.Response(body=body, headers=_named(body, content_type, _ASK_AGAIN))


def json_for_a_minute(document: JsonObject) -> web.Response:
    """A JSON document of our own making."""
    return for_a_minute(canonical(document), JSON)


def not_there() -> web.Response:
    """No signed head covers it yet, so no cache may remember that it is not there."""
    return _plain(404, "Not found")


def withdrawn() -> web.Response:
    """It was there and is not given out any more."""
    return _plain(410, "Gone")


def not_understood() -> web.Response:
    """A number that is none."""
    return _plain(400, "Bad request")


def headers_of(content_type: str) -> dict[str, str]:
    """Of an answer that is sent piece by piece."""
    return {**_ALWAYS, "Content-Type": content_type, "Cache-Control": _A_MINUTE, "Content-Disposition": "attachment"}


def _plain(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=words, headers={**_ALWAYS, "Cache-Control": _NEVER})


def _named(body: bytes, content_type: str, cached: str) -> dict[str, str]:
    name = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return {**_ALWAYS, "Content-Type": content_type, "Cache-Control": cached, "ETag": name}
