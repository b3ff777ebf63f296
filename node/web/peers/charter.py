"""The union's charter, for peers: who its keys are, signed by its root key (protocol §2)."""

from __future__ import annotations

from aiohttp import web

from node.app_keys import NODE
from storage.ids import Did


async def get_charter(request: web.Request) -> web.Response:
    """The newest charter we know of this union, ours or a peer's, as its exact bytes; never an ActivityStreams type.

    Also of a union that is silent or whose pact ended: a newcomer asks whoever knows it. None of an unlisted mirror.
    """
    charter = await request.config_dict[NODE].pacts.charter_to_show(Did(request.match_info["did"]))
    if charter is None:
        raise web.HTTPNotFound
    return web.Response(
        body=charter,
        content_type="application/json",
        headers={"Cache-Control": "max-age=60, must-revalidate", "Access-Control-Allow-Origin": "*"},
    )
