"""From a reader's request to a page: find what is meant, ask one view, answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from federation.locations import is_serial
from node.app_keys import DOCUMENTS, NODE, PAGES, SITE
from node.web.answers import activity_answer
from node.web.finding import get_named_actor
from node.web.negotiation import wants_activity
from node.web.readers.conversation import read_conversation
from node.web.readers.feeds import atom, json_feed, read_feed
from node.web.readers.pages import STYLE, Sheet, page_sheet, sheet
from node.web.readers.views import campaign_page, gone_page, post_page, tag_page, union_page
from storage.records import LocalActor, Post

_ROBOTS: Final = sheet("# Everything here is for everybody.\nUser-agent: *\nDisallow:\n", "text/plain")


async def get_union(request: web.Request) -> web.Response:
    """The union's front page."""
    return await _kept(request, _draw_union)


async def get_campaign(request: web.Request) -> web.Response:
    """A campaign's updates by the page, or the campaign as an actor."""
    if _is_for_a_server(request):
        return activity_answer(await request.config_dict[DOCUMENTS].actor(await get_named_actor(request)))
    return await _kept(request, _draw_campaign)


async def get_update(request: web.Request) -> web.Response:
    """An update, as a page or as the object it is; 410 once retracted."""
    if _is_for_a_server(request):
        _, post = await _get_post(request)
        return activity_answer(post.body, status=200 if post.retracted_at is None else 410)
    return await _kept(request, _draw_update)


async def get_tag(request: web.Request) -> web.Response:
    """Updates under a hashtag."""
    return await _kept(request, _draw_tag)


async def get_feed(request: web.Request) -> web.Response:
    """The newest updates for feed readers."""
    return await _kept(request, _draw_feed)


async def get_robots(_request: web.Request) -> web.Response:
    """What search engines may read (RFC 9309): everything, for it is published."""
    return _ROBOTS.answer()


async def get_style(_request: web.Request) -> web.Response:
    """The one stylesheet; its address changes when it does."""
    return web.Response(
        body=STYLE, content_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


async def _kept(request: web.Request, draw: Callable[[web.Request], Awaitable[Sheet]]) -> web.Response:
    """What was drawn for this address since anything changed, or else drawn now."""
    pages = request.config_dict[PAGES]
    drawn, edition = pages.find(request.raw_path), pages.edition
    if drawn is None:
        drawn = await draw(request)
        if drawn.status == 200:
            pages.keep(request.raw_path, drawn, edition=edition)
    return drawn.answer()


async def _draw_union(request: web.Request) -> Sheet:
    return page_sheet(await union_page(request.config_dict[NODE].store, request.config_dict[SITE]))


async def _draw_campaign(request: web.Request) -> Sheet:
    actor, before = await get_named_actor(request), _read_before(request)
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    return page_sheet(await campaign_page(store, site, actor, before))


async def _draw_update(request: web.Request) -> Sheet:
    site, (actor, post) = request.config_dict[SITE], await _get_post(request)
    if post.retracted_at is not None:
        return page_sheet(gone_page(site))
    conversation = await read_conversation(request.config_dict[NODE].store, post.id)
    return page_sheet(post_page(site, actor, post, conversation))


async def _draw_tag(request: web.Request) -> Sheet:
    tag = unicodedata.normalize("NFKC", request.match_info["tag"]).lower()
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    return page_sheet(await tag_page(store, site, tag, _read_before(request)))


async def _draw_feed(request: web.Request) -> Sheet:
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    feed = await read_feed(store, site, await get_named_actor(request))
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


def _read_before(request: web.Request) -> str | None:
    before = request.query.get("before")
    if before is not None and not is_serial(before):
        raise web.HTTPNotFound
    return before
