"""From a reader's request to a page: find what is meant, ask one view, answer."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from federation.locations import is_serial
from federation.mirror.wire_words import WIRE_HANDLE
from node.app_keys import DOCUMENTS, NODE, SITE
from node.web.answers import activity_answer
from node.web.finding import get_named_actor
from node.web.negotiation import wants_activity
from node.web.readers.conversation import read_conversation
from node.web.readers.drawing import kept, tag_in
from node.web.readers.feeds import Feed, atom, json_feed, read_feed, read_tag_feed
from node.web.readers.pages import HEADERS, ICON, STYLE, Sheet, page_sheet, sheet
from node.web.readers.views import campaign_page, find_neighbours, post_page, tag_page, union_page
from storage.records import LocalActor, Post

_ROBOTS: Final = sheet("# Everything here is for everybody.\nUser-agent: *\nDisallow:\n", "text/plain")
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_PART: Final = re.compile(r"[1-9][0-9]{0,5}")


async def get_union(request: web.Request) -> web.Response:
    """The union's front page."""
    return await kept(request, _draw_union)


async def get_campaign(request: web.Request) -> web.Response:
    """A campaign's updates by the page, or the campaign as an actor."""
    if _is_for_a_server(request):
        return activity_answer(await request.config_dict[DOCUMENTS].actor(await get_named_actor(request)))
    if request.match_info["handle"] == WIRE_HANDLE:
        raise web.HTTPSeeOther("/mirrors/")
    return await kept(request, _draw_campaign, "before")


async def get_update(request: web.Request) -> web.Response:
    """An update, as a page or as the object it is; 410 once retracted."""
    if _is_for_a_server(request):
        _, post = await _get_post(request)
        return activity_answer(post.body, status=200 if post.retracted_at is None else 410)
    return await kept(request, _draw_update, "comments")


async def get_tag(request: web.Request) -> web.Response:
    """Updates under a hashtag."""
    return await kept(request, _draw_tag, "before")


async def get_feed(request: web.Request) -> web.Response:
    """The newest updates for feed readers."""
    return await kept(request, _draw_feed)


async def get_tag_feed(request: web.Request) -> web.Response:
    """The newest updates under a hashtag for feed readers."""
    return await kept(request, _draw_tag_feed)


async def get_robots(_request: web.Request) -> web.Response:
    """What search engines may read (RFC 9309): everything, for it is published."""
    return _ROBOTS.answer()


async def get_style(_request: web.Request) -> web.Response:
    """The one stylesheet; its address changes when it does."""
    return web.Response(body=STYLE, content_type="text/css", headers=_FOR_EVER)


async def get_icon(_request: web.Request) -> web.Response:
    """A placard, for the browser's tab; its address changes when it does."""
    return web.Response(body=ICON, content_type="image/svg+xml", headers={**HEADERS, **_FOR_EVER})


async def _draw_union(request: web.Request) -> Sheet:
    return page_sheet(await union_page(request.config_dict[NODE].store, request.config_dict[SITE]))


async def _draw_campaign(request: web.Request) -> Sheet:
    actor, before = await get_named_actor(request), await _get_before(request)
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    return page_sheet(await campaign_page(store, site, actor, before))


async def _draw_update(request: web.Request) -> Sheet:
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    actor, post = await _get_post(request)
    if post.retracted_at is not None:
        raise web.HTTPGone
    conversation = await read_conversation(store, post.id, _read_part(request), site.wording)
    if conversation is None:
        raise web.HTTPNotFound
    return page_sheet(post_page(site, actor, post, conversation, await find_neighbours(store, post)))


async def _draw_tag(request: web.Request) -> Sheet:
    before, tag = await _get_before(request), tag_in(request.match_info["tag"])
    return page_sheet(await tag_page(request.config_dict[NODE].store, request.config_dict[SITE], tag, before))


async def _draw_feed(request: web.Request) -> Sheet:
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    return _print(request, await read_feed(store, site, await get_named_actor(request)))


async def _draw_tag_feed(request: web.Request) -> Sheet:
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    feed = await read_tag_feed(store, site, tag_in(request.match_info["tag"]))
    if feed is None:
        raise web.HTTPNotFound
    return _print(request, feed)


def _print(request: web.Request, feed: Feed) -> Sheet:
    return atom(feed) if request.match_info["form"] == "atom" else json_feed(feed)


async def _get_post(request: web.Request) -> tuple[LocalActor, Post]:
    """The update in the path and its author; 404 when there is none."""
    node, actor = request.config_dict[NODE], await get_named_actor(request)
    post = await node.store.find_post(node.locations.post(request.match_info["serial"]))
    if post is None or post.actor != actor.id:
        raise web.HTTPNotFound
    return actor, post


def _is_for_a_server(request: web.Request) -> bool:
    return wants_activity(request.headers.get("Accept", ""), otherwise=False)


async def _get_before(request: web.Request) -> str | None:
    """Below which serial a page of older updates begins: of an update or boost of ours, so that pages are countable."""
    before = request.query.get("before")
    if before is None:
        return None
    if not is_serial(before):
        raise web.HTTPNotFound
    store, locations = request.config_dict[NODE].store, request.config_dict[NODE].locations
    if (
        await store.find_post(locations.post(before)) is None
        and await store.find_entry(locations.activity(before)) is None
    ):
        raise web.HTTPNotFound
    return before


def _read_part(request: web.Request) -> int:
    part = request.query.get("comments", "1")
    if not _PART.fullmatch(part):
        raise web.HTTPNotFound
    return int(part)
