"""Objects and activities by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from federation.activitystreams.collections import count_only
from federation.locations import is_serial
from federation.mirror.wire_copies import find_copy
from federation.mirror.wire_said import find_said
from federation.mirror.wire_words import is_wire_serial
from federation.proofs.jcs import canonical
from node.app_keys import DOCUMENTS, NODE
from node.web.answers import activity_answer
from node.web.negotiation import wants_activity
from storage.records import ReactionKind

_KINDS: Final[Mapping[str, ReactionKind]] = {"likes": "like", "shares": "share"}


async def get_object(request: web.Request) -> web.Response:
    """An update as it was signed; 410 and its Tombstone once retracted; a browser is sent to its page."""
    node = request.config_dict[NODE]
    serial = request.match_info["serial"]
    if is_serial(serial) and is_wire_serial(serial):
        return await _get_copy(request)
    post = await node.store.find_post(node.locations.post(serial))
    if post is None:
        raise web.HTTPNotFound
    if not wants_activity(request.headers.get("Accept", ""), otherwise=True):
        handle = post.actor.rsplit("/", 1)[-1]
        raise web.HTTPSeeOther(node.locations.post_page(handle, post.serial))
    return activity_answer(post.body, status=200 if post.retracted_at is None else 410)


async def _get_copy(request: web.Request) -> web.Response:
    """A note of the wire's, as it was last signed; 410 as soon as its original stands here no more."""
    node = request.config_dict[NODE]
    found = await find_copy(node.store, node.locations, request.match_info["serial"])
    if found is None:
        raise web.HTTPNotFound
    if found.body is None:
        raise web.HTTPGone
    if not wants_activity(request.headers.get("Accept", ""), otherwise=True):
        raise web.HTTPSeeOther(found.page)
    return activity_answer(found.body)


async def get_reactions(request: web.Request) -> web.Response:
    """How many like an update or passed it on, never who; they stand beside it, for what was signed never changes."""
    node, collection = request.config_dict[NODE], request.match_info["collection"]
    post = await node.store.find_post(node.locations.post(request.match_info["serial"]))
    if post is None:
        raise web.HTTPNotFound
    if post.retracted_at is not None:
        raise web.HTTPGone
    counts = await node.store.count_reactions(post.id)
    return activity_answer(canonical(count_only(f"{post.id}/{collection}", counts[_KINDS[collection]])))


async def get_activity(request: web.Request) -> web.Response:
    """A public activity whose words still stand, of one of ours or of the wire."""
    node, serial = request.config_dict[NODE], request.match_info["serial"]
    if is_serial(serial) and is_wire_serial(serial):
        body = await find_said(node.store, node.locations, serial)
    else:
        body = await request.config_dict[DOCUMENTS].activity(node.locations.activity(serial))
    if body is None:
        raise web.HTTPNotFound
    return activity_answer(body)
