"""From a reader's request to a page of a copy: `/mirrors/…`. Servers get the origin's exact bytes."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from federation.locations import is_serial
from federation.mirror.held import HeldUnion, find_held
from federation.mirror.notes import HeldActor, object_bytes, read_note
from node.app_keys import NODE, SITE
from node.hearing import hearing_of
from node.web.answers import activity_answer
from node.web.negotiation import wants_activity
from node.web.readers.drawing import Draw, kept
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
from node.web.readers.pages import SANDBOXED, Sheet, copied_sheet, under_policy
from storage.records import Leaf

_PLACE: Final = re.compile(r"[1-9][0-9]{0,15}")


async def get_mirrors(request: web.Request) -> web.Response:
    """The unions of which copies are kept here."""
    return await kept(request, _draw_copies)


async def get_mirrored_union(request: web.Request) -> web.Response:
    """A union's newest updates from its record."""
    return await _kept(request, _draw_union, "before")


async def get_mirrored_campaign(request: web.Request) -> web.Response:
    """A campaign's updates from its union's record, or the actor's exact document."""
    if not _is_for_a_server(request):
        return await _kept(request, _draw_campaign, "before")
    held = await _get_held(request)
    actor = await _get_actor(request, held)
    profiles = await request.config_dict[NODE].store.list_profiles(held.log.name)
    return _exact(next(leaf for leaf in profiles if str(leaf.object) == str(actor.id)))


async def get_mirrored_update(request: web.Request) -> web.Response:
    """An update, as a page or as the exact object; 410 once taken back, its reason when it is withheld."""
    if not _is_for_a_server(request):
        return await _kept(request, _draw_update)
    held, serial = await _get_held(request), request.match_info["serial"]
    if await find_withheld_reason(request.config_dict[NODE].store, held, serial) is not None:
        return web.Response(status=451, text="Withheld by this mirror")
    leaf = await _find_standing(request, held, serial)
    return await _tombstone(request, held, serial) if leaf is None else _exact(leaf)


async def get_mirrored_feed(request: web.Request) -> web.Response:
    """A copied campaign, or the whole union, for feed readers."""
    return await _kept(request, _draw_feed)


async def _kept(request: web.Request, draw: Draw, read: str | None = None) -> web.Response:
    """A domain is found however it is spelt; only one spelling has a place among the pages that are kept."""
    domain = request.match_info["domain"]
    return await kept(request, draw, read) if domain == domain.lower() else (await draw(request)).answer()


async def _draw_copies(request: web.Request) -> Sheet:
    node = request.config_dict[NODE]
    return copied_sheet(await copies_page(node.store, request.config_dict[SITE], hearing_of(node)))


async def _draw_union(request: web.Request) -> Sheet:
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    return copied_sheet(await copied_union_page(store, site, held, _read_before(request, held)))


async def _draw_campaign(request: web.Request) -> Sheet:
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    actor = await _get_actor(request, held)
    return copied_sheet(await copied_campaign_page(store, site, held, actor, _read_before(request, held)))


async def _draw_update(request: web.Request) -> Sheet:
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    serial = request.match_info["serial"]
    withheld = await find_withheld_reason(store, held, serial)
    if withheld is not None:
        return copied_sheet(await withheld_page(store, site, held, withheld))
    leaf = await _find_standing(request, held, serial)
    if leaf is None:
        await _get_end(request, held, serial)
        raise web.HTTPGone
    return copied_sheet(await copied_update_page(store, site, held, read_note(leaf)))


async def _draw_feed(request: web.Request) -> Sheet:
    store, site, held = request.config_dict[NODE].store, request.config_dict[SITE], await _get_held(request)
    actor = await _get_actor(request, held) if "handle" in request.match_info else None
    feed = await copied_feed(store, site, held, actor)
    printed = atom(feed) if request.match_info["form"] == "atom" else json_feed(feed)
    return under_policy(printed, SANDBOXED)


async def _get_held(request: web.Request) -> HeldUnion:
    node = request.config_dict[NODE]
    held = await find_held(node.store, request.match_info["domain"], hearing_of(node))
    if held is None:
        raise web.HTTPNotFound
    return held


async def _get_actor(request: web.Request, held: HeldUnion) -> HeldActor:
    actor = await find_copied_actor(request.config_dict[NODE].store, held, request.match_info["handle"])
    if actor is None:
        raise web.HTTPNotFound
    return actor


async def _find_standing(request: web.Request, held: HeldUnion, serial: str) -> Leaf | None:
    """The standing version; 404 for what is no number."""
    if not is_serial(serial):
        raise web.HTTPNotFound
    for id in held.objects(serial):
        leaf = await request.config_dict[NODE].store.find_standing(held.log.name, id)
        if leaf is not None and leaf.body is not None:
            return leaf
    return None


async def _get_end(request: web.Request, held: HeldUnion, serial: str) -> Leaf:
    """The newest Delete of what was taken back; 404 for what never was."""
    store, log = request.config_dict[NODE].store, held.log
    deletes = await store.find_newest_takings(log.name, held.objects(serial), "Delete", below=log.size)
    if not deletes:
        raise web.HTTPNotFound
    [newest] = await store.list_leaves(log.name, max(deletes.values()), 1)
    return newest


async def _tombstone(request: web.Request, held: HeldUnion, serial: str) -> web.Response:
    newest = await _get_end(request, held, serial)
    if newest.body is None:
        raise web.HTTPGone
    return _exact(newest, status=410)


def _exact(leaf: Leaf, *, status: int = 200) -> web.Response:
    """The object in an activity, byte for byte as its union signed it."""
    answer = activity_answer(object_bytes(leaf.body or b"{}"), status=status)
    answer.headers["Content-Security-Policy"] = SANDBOXED
    return answer


def _read_before(request: web.Request, held: HeldUnion) -> int | None:
    """Below which place a page of older updates begins: in the record, so that pages are countable."""
    before = request.query.get("before")
    if before is None:
        return None
    if not _PLACE.fullmatch(before) or int(before) > held.log.checkpoint_size:
        raise web.HTTPNotFound
    return int(before)


def _is_for_a_server(request: web.Request) -> bool:
    return wants_activity(request.headers.get("Accept", ""), otherwise=False)
