"""How documents leave: content type, `Vary`, and nothing that sniffs."""

from __future__ import annotations

from aiohttp import web

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject


def activity_answer(body: bytes, *, status: int = 200) -> web.Response:
    """ActivityStreams bytes (ActivityPub §3.2)."""
    return web.Response(status=status, body=body, headers={"Content-Type": f"{ACTIVITY_JSON}; charset=utf-8"})


def json_answer(document: JsonObject, content_type: str) -> web.Response:
    """Another kind of JSON document, readable by scripts of any site."""
    return web.Response(
        body=canonical(document), headers={"Content-Type": content_type, "Access-Control-Allow-Origin": "*"}
    )
