"""From a reader's request to a page of a copy: `/mirrors/…`. Servers get the origin's exact bytes."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from federation.locations import is_serial
from federation.mirror.held import HeldUnion, find_held
from federation.mirror.notes import HeldActor, object_bytes, read_note
from node.app_keys import NODE, SITE
from node.silence import silence_of
from node.web.answers import activity_answer
from node.web.negotiation import wants_activity
from node.web.readers.feeds import atom, json_feed
from node.web.readers.mirror_views import (
    copied_campaign_page,
    copied_feed,
    copied_union_page,
    copied_update_page,
    copies_page,
    find_copied_actor,
    find_withheld_reason,
    withheld_page,
)
from node.web.readers.pages import page_sheet
from storage.ids import ObjectId
from storage.records import Leaf

_PLACE: Final = re.compile(r"[1-9][0-9]{0,15}")


async def get_mirrors(request: web.Request) -> web.Response:
    """The unions of which copies are kept here."""
    node = request.config_dict[NODE]
    page = await copies_page(node.store, request.config_dict[SITE], silence_of(node))
    return page_sheet(page).answer()


async def get_mirrored_union(request: web.Request) -> web.Response:
    """A union's newest updates from its record."""
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    page = await copied_union_page(store, site, await _get_held(request), _read_before(request))
    return page_sheet(page).answer()


async def get_mirrored_campaign(request: web.Request) -> web.Response:
    """A campaign's updates from its union's record, or the actor's exact document."""
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    actor = await _get_actor(request, held)
    if _is_for_a_server(request):
        profiles = await store.list_profiles(held.log.name)
        leaf = next(leaf for leaf in profiles if str(leaf.object) == str(actor.id))
        return activity_answer(object_bytes(leaf.body or b"{}"))
    return page_sheet(await copied_campaign_page(store, site, held, actor, _read_before(request))).answer()


async def get_mirrored_update(request: web.Request) -> web.Response:
    """An update, as a page or as the exact object; 410 once taken back, its reason when it is withheld."""
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    serial = request.match_info["serial"]
    withheld = await find_withheld_reason(store, held, serial)
    if withheld is not None:
        if _is_for_a_server(request):
            return web.Response(status=451, text="Withheld by this mirror")
        return page_sheet(await withheld_page(store, site, held, withheld)).answer()
    leaf = await _get_standing(request, held, serial)
    if isinstance(leaf, web.Response):
        return leaf
    if _is_for_a_server(request):
        return activity_answer(object_bytes(leaf.body or b"{}"))
    return page_sheet(await copied_update_page(store, site, held, read_note(leaf))).answer()


async def get_mirrored_feed(request: web.Request) -> web.Response:
    """A copied campaign, or the whole union, for feed readers."""
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    actor = await _get_actor(request, held) if "handle" in request.match_info else None
    feed = await copied_feed(store, site, held, actor)
    return (atom(feed) if request.match_info["form"] == "atom" else json_feed(feed)).answer()


async def _get_held(request: web.Request) -> HeldUnion:
    node = request.config_dict[NODE]
    held = await find_held(node.store, request.match_info["domain"], silence_of(node))
    if held is None:
        raise web.HTTPNotFound
    return held


async def _get_actor(request: web.Request, held: HeldUnion) -> HeldActor:
    actor = await find_copied_actor(request.config_dict[NODE].store, held, request.match_info["handle"])
    if actor is None:
        raise web.HTTPNotFound
    return actor


async def _get_standing(request: web.Request, held: HeldUnion, serial: str) -> Leaf | web.Response:
    """The standing version; what was taken back answers 410, with the origin's Tombstone for servers."""
    store = request.config_dict[NODE].store
    if not is_serial(serial):
        raise web.HTTPNotFound
    ids = held.objects(serial)
    for id in ids:
        leaf = await store.find_standing(held.log.name, id)
        if leaf is not None and leaf.body is not None:
            return leaf
    return await _gone(request, held, ids)


async def _gone(request: web.Request, held: HeldUnion, ids: list[ObjectId]) -> web.Response:
    store = request.config_dict[NODE].store
    leaves = await store.list_object_leaves(held.log.name, ids)
    if not any(leaf.type == "Delete" for leaf in leaves):
        raise web.HTTPNotFound
    [newest] = await store.list_leaves(held.log.name, leaves[-1].place, 1)
    if not _is_for_a_server(request) or newest.type != "Delete" or newest.body is None:
        raise web.HTTPGone
    return activity_answer(object_bytes(newest.body), status=410)


def _read_before(request: web.Request) -> int | None:
    before = request.query.get("before")
    if before is None:
        return None
    if not _PLACE.fullmatch(before):
        raise web.HTTPNotFound
    return int(before)


def _is_for_a_server(request: web.Request) -> bool:
    return wants_activity(request.headers.get("Accept", ""), otherwise=False)
