"""What unions took back with their kits: taken from anybody, shown to anybody (protocol §4)."""

from __future__ import annotations

from aiohttp import web

from federation.identity.retraction import LARGEST_RETRACTION
from federation.mirror.discretion import PARAMETER
from federation.mirror.retracting import retraction_rows
from node.app_keys import NODE, RETRACTOR, STRANGERS
from node.web.peers import log_answers as answers
from node.web.peers.short_bodies import read_short
from storage.ids import Did


async def post_retraction(request: web.Request) -> web.Response:
    """200 and nothing more when it is gone here, also when it was before; of an unlisted pact 404 to strangers."""
    shared = request.config_dict
    shared[STRANGERS].spend(request, shared[NODE].now())
    asker, word = shared[STRANGERS].share(request), request.query.get(PARAMETER)
    status = await shared[RETRACTOR].receive(await read_short(request, most=LARGEST_RETRACTION), asker=asker, word=word)
    if status == 403:
        raise web.HTTPForbidden
    if status == 404:
        raise web.HTTPNotFound
    return web.Response(status=status)


async def get_retractions(request: web.Request) -> web.Response:
    """Those of a union whose charter we show, the newest first."""
    node, did = request.config_dict[NODE], Did(request.match_info["did"])
    if await node.pacts.charter_to_show(did) is None:
        return answers.not_there()
    kept = await node.store.list_retractions(did)
    return answers.json_for_a_minute({"union": did, "retractions": retraction_rows(kept)})
