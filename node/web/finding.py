"""Finding what a path names."""

from __future__ import annotations

from aiohttp import web

from node.app_keys import NODE
from storage.records import LocalActor


async def get_named_actor(request: web.Request) -> LocalActor:
    """The union or campaign in the path; 404 when there is none."""
    actor = await request.config_dict[NODE].store.find_actor_by_handle(request.match_info["handle"])
    if actor is None or actor.kind == "instance":
        raise web.HTTPNotFound
    return actor
