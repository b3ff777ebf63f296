"""Objects and activities by their ids."""

from __future__ import annotations

from aiohttp import web

from node.app_keys import DOCUMENTS, NODE
from node.web.answers import activity_answer
from node.web.negotiation import wants_activity


async def get_object(request: web.Request) -> web.Response:
    """An update as it was signed; 410 and its Tombstone once retracted; a browser is sent to its page."""
    node = request.config_dict[NODE]
    post = await node.store.find_post(node.locations.post(request.match_info["serial"]))
    if post is None:
        raise web.HTTPNotFound
    if not wants_activity(request.headers.get("Accept", ""), otherwise=True):
        handle = post.actor.rsplit("/", 1)[-1]
        raise web.HTTPSeeOther(node.locations.post_page(handle, post.serial))
    return activity_answer(post.body, status=200 if post.retracted_at is None else 410)


async def get_activity(request: web.Request) -> web.Response:
    """A public activity whose words still stand."""
    locations = request.config_dict[NODE].locations
    body = await request.config_dict[DOCUMENTS].activity(locations.activity(request.match_info["serial"]))
    if body is None:
        raise web.HTTPNotFound
    return activity_answer(body)
