"""From a reader's request to a page: find what is meant, ask one view, answer."""

from __future__ import annotations

import unicodedata

from aiohttp import web

from federation.locations import is_serial
from node.app_keys import DOCUMENTS, NODE, SITE
from node.web.answers import activity_answer
from node.web.finding import get_named_actor
from node.web.negotiation import wants_activity
from node.web.readers.conversation import read_conversation
from node.web.readers.pages import STYLE, page_answer
from node.web.readers.views import campaign_page, gone_page, post_page, tag_page, union_page


async def get_union(request: web.Request) -> web.Response:
    """The union's front page."""
    return page_answer(await union_page(request.config_dict[NODE].store, request.config_dict[SITE]))


async def get_campaign(request: web.Request) -> web.Response:
    """A campaign's updates by the page, or the campaign as an actor."""
    actor = await get_named_actor(request)
    if wants_activity(request.headers.get("Accept", ""), otherwise=False):
        return activity_answer(await request.config_dict[DOCUMENTS].actor(actor))
    before = _read_before(request)
    return page_answer(await campaign_page(request.config_dict[NODE].store, request.config_dict[SITE], actor, before))


async def get_update(request: web.Request) -> web.Response:
    """An update, as a page or as the object it is; 410 once retracted."""
    node, actor = request.config_dict[NODE], await get_named_actor(request)
    post = await node.store.find_post(node.locations.post(request.match_info["serial"]))
    if post is None or post.actor != actor.id:
        raise web.HTTPNotFound
    if wants_activity(request.headers.get("Accept", ""), otherwise=False):
        return activity_answer(post.body, status=200 if post.retracted_at is None else 410)
    site = request.config_dict[SITE]
    if post.retracted_at is not None:
        return page_answer(gone_page(site))
    return page_answer(post_page(site, actor, post, await read_conversation(node.store, post.id)))


async def get_tag(request: web.Request) -> web.Response:
    """Updates under a hashtag."""
    tag = unicodedata.normalize("NFKC", request.match_info["tag"]).lower()
    store, site = request.config_dict[NODE].store, request.config_dict[SITE]
    return page_answer(await tag_page(store, site, tag, _read_before(request)))


async def get_style(_request: web.Request) -> web.Response:
    """The one stylesheet; its address changes when it does."""
    return web.Response(
        body=STYLE, content_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


def _read_before(request: web.Request) -> str | None:
    before = request.query.get("before")
    if before is not None and not is_serial(before):
        raise web.HTTPNotFound
    return before
