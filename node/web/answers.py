"""How documents leave: content type, `Vary`, nothing that sniffs, and a name for their exact bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject

ASK_AGAIN: Final = "no-cache"
"""May be kept, but is asked for again before it is shown: what was retracted is shown by nobody's cache."""

_OF_A_304: Final = ("Cache-Control", "ETag", "Vary")


def named(body: bytes) -> Mapping[str, str]:
    """Headers by which a cache asks again: a strong ETag (RFC 9110 §8.8.3), other bytes another name."""
    return {"Cache-Control": ASK_AGAIN, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}


def unless_known(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """The answer, or 304 when the client holds these very bytes (RFC 9110 §13.1.2)."""
    name = answer.headers.get("ETag")
    if name is None or "If-None-Match" not in request.headers or answer.status != 200:
        return answer
    asked = {known.value for known in request.if_none_match or ()}
    if asked.isdisjoint({name.strip('"'), "*"}):
        return answer
    kept = {header: answer.headers[header] for header in _OF_A_304 if header in answer.headers}
    return web.Response(status=304, headers=kept)


def activity_answer(body: bytes, *, status: int = 200) -> web.Response:
    """ActivityStreams bytes (ActivityPub §3.2)."""
    headers = {"Content-Type": f"{ACTIVITY_JSON}; charset=utf-8", **named(body)}
    return web.Response(status=status, body=body, headers=headers)


def json_answer(document: JsonObject, content_type: str) -> web.Response:
    """Another kind of JSON document, readable by scripts of any site."""
    return web.Response(
        body=canonical(document), headers={"Content-Type": content_type, "Access-Control-Allow-Origin": "*"}
    )
