"""Authorised fetch: with the setting on, ActivityStreams is shown only to those who sign for it.

The node's own actor is shown to everybody: whoever verifies our requests needs its key, and may ask as we do.
Whatever leaves as ActivityStreams passes here, so that no new address can be forgotten.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.httpsig.request import SignedRequest
from node.app_keys import NODE, PORTER, STRANGERS

_FOR_EVERYBODY: Final = frozenset({"instance_actor", "instance_empty"})
"""Names of routes: the node's own actor and its collections, which are empty."""
VARIES: Final = "Accept, Signature, Signature-Input"


async def admit(request: web.Request, answer: web.StreamResponse) -> None:
    """Let an answer pass, or raise a `FederationError`; one that was signed for is for its reader alone."""
    node = request.config_dict[NODE]
    if not node.config.authorized_fetch or answer.content_type != ACTIVITY_JSON:
        return
    answer.headers["Vary"] = VARIES
    if request.match_info.route.name in _FOR_EVERYBODY:
        return
    await request.config_dict[PORTER].identify(as_signed(request))
    answer.headers["Cache-Control"] = "private, no-cache"


def as_signed(request: web.Request, body: bytes | None = None) -> SignedRequest:
    """The request as plain data, the target as it stood in the request line."""
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    asker = request.config_dict[STRANGERS].share(request)
    return SignedRequest(method=request.method, target=request.raw_path, headers=headers, body=body, asker=asker)
