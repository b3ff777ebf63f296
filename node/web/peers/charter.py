"""The union's charter, for peers: who its keys are, signed by its root key (protocol §2)."""

from __future__ import annotations

from aiohttp import web

from node.app_keys import NODE
from storage.ids import Did


async def get_charter(request: web.Request) -> web.Response:
    """The newest charter we know of this union, as its exact bytes; never an ActivityStreams type."""
    charters = await request.config_dict[NODE].store.list_charters(Did(request.match_info["did"]))
    if not charters:
        raise web.HTTPNotFound
    return web.Response(
        body=charters[0].body,
        content_type="application/json",
        headers={"Cache-Control": "max-age=60, must-revalidate", "Access-Control-Allow-Origin": "*"},
    )
