"""Actors and their collections."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from federation.activitystreams.collections import count_only, page, paged
from federation.locations import actor_featured, is_serial
from federation.log.own import read_document
from federation.proofs.jcs import canonical
from federation.strictjson import JsonValue
from node.app_keys import DOCUMENTS, NODE
from node.web.answers import activity_answer
from node.web.finding import get_named_actor
from node.web.negotiation import wants_activity
from node.web.sayings import list_said

_PAGE_LENGTH: Final = 20


async def get_instance_actor(request: web.Request) -> web.Response:
    """The actor that speaks for the node itself; readable by everybody, or nobody could verify our requests."""
    node = request.config_dict[NODE]
    actor = await node.store.find_actor(node.locations.instance_actor)
    if actor is None:
        raise web.HTTPNotFound
    return activity_answer(await request.config_dict[DOCUMENTS].actor(actor))


async def get_instance_collection(request: web.Request) -> web.Response:
    """What the instance actor published, and who follows it: nothing and nobody."""
    instance = request.config_dict[NODE].locations.instance_actor
    return activity_answer(canonical(count_only(f"{instance}/{request.match_info['collection']}", 0)))


async def get_actor(request: web.Request) -> web.Response:
    """An actor; a browser is sent to its page."""
    actor = await get_named_actor(request)
    if not wants_activity(request.headers.get("Accept", ""), otherwise=True):
        raise web.HTTPSeeOther(request.config_dict[NODE].locations.actor_page(actor.handle))
    return activity_answer(await request.config_dict[DOCUMENTS].actor(actor))


async def get_outbox(request: web.Request) -> web.Response:
    """What an actor published, by the page, newest first."""
    actor, store = await get_named_actor(request), request.config_dict[NODE].store
    id = f"{actor.id}/outbox"
    if "page" not in request.query:
        count = await store.count_posts(actor.id) + await store.count_boosts(actor.id)
        return activity_answer(canonical(paged(id, count)))
    before = request.query.get("before")
    if before is not None and not is_serial(before):
        raise web.HTTPBadRequest
    said = await list_said(store, actor.id, before=before, limit=_PAGE_LENGTH + 1)
    shown = said[:_PAGE_LENGTH]
    items = await request.config_dict[DOCUMENTS].outbox(shown)
    older = shown[-1].serial if len(said) > _PAGE_LENGTH else None
    return activity_answer(canonical(page(id, items=items, before=before, older=older)))


async def get_count(request: web.Request) -> web.Response:
    """Followers and following: how many followers, never who."""
    actor, collection = await get_named_actor(request), request.match_info["collection"]
    count = await request.config_dict[NODE].store.count_followers(actor.id) if collection == "followers" else 0
    return activity_answer(canonical(count_only(f"{actor.id}/{collection}", count)))


async def get_featured(request: web.Request) -> web.Response:
    """Pinned updates, whole, as they were signed; the one pinned last first."""
    actor = await get_named_actor(request)
    pinned = await request.config_dict[NODE].store.list_pinned(actor.id)
    notes: list[JsonValue] = [read_document(post.body) for post in pinned]
    return activity_answer(canonical({**count_only(actor_featured(actor.id), len(notes)), "orderedItems": notes}))
