"""How others find us: WebFinger, host-meta, NodeInfo."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from aiohttp import web

from federation.identity import nodeinfo
from federation.identity.webfinger import Address, read_resource, webfinger_document
from node.app_keys import NODE, STRANGERS
from node.context import Node
from node.version import VERSION
from node.web.answers import json_answer
from storage.ids import ActorId
from storage.records import LocalActor


async def get_webfinger(request: web.Request) -> web.Response:
    """Who stands behind `acct:campaign@host` (RFC 7033), or behind an actor's id or page."""
    node, resource = request.config_dict[NODE], request.query.get("resource")
    if resource is None:
        raise web.HTTPBadRequest
    actor = await _find(resource, node)
    if actor is None:
        raise web.HTTPNotFound
    page = node.config.url if actor.kind == "instance" else node.locations.actor_page(actor.handle)
    subject = Address(actor.handle, node.locations.host)
    document = webfinger_document(subject, [page, actor.id], actor.id, page)
    return json_answer(document, "application/jrd+json; charset=utf-8")


async def get_host_meta(request: web.Request) -> web.Response:
    """Where WebFinger is (RFC 6415), for the servers that still ask."""
    template = quoteattr(f"{request.config_dict[NODE].config.url}/.well-known/webfinger?resource={{uri}}")
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template={template}/>\n</XRD>\n'
    )
    return web.Response(text=body, content_type="application/xrd+xml")


async def get_nodeinfo_links(request: web.Request) -> web.Response:
    """Which versions of NodeInfo there are; a probe of our own is noted on the way."""
    if "probe" in request.query:
        request.config_dict[NODE].probes.arrived(request.query["probe"], request.config_dict[STRANGERS].see(request))
    return json_answer(nodeinfo.discovery(request.config_dict[NODE].config.url), "application/json; charset=utf-8")


async def get_nodeinfo(request: web.Request) -> web.Response:
    """What this server is."""
    node, version = request.config_dict[NODE], request.match_info["version"]
    document = nodeinfo.nodeinfo(
        version,
        software_version=VERSION,
        actors=sum(actor.is_voice for actor in await node.store.list_actors()),
        posts=await node.store.count_posts(None),
        name=node.config.name,
    )
    profile = f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{version}#"; charset=utf-8'
    return json_answer(document, profile)


async def _find(resource: str, node: Node) -> LocalActor | None:
    """One of our actors by its address, its id or its page."""
    asked = read_resource(resource)
    if isinstance(asked, Address):
        is_ours = asked.host == node.locations.host
        return await node.store.find_actor_by_handle(asked.user.lower()) if is_ours else None
    if asked.startswith(f"{node.config.url}/@"):
        return await node.store.find_actor_by_handle(asked.removeprefix(f"{node.config.url}/@"))
    return await node.store.find_actor(ActorId(asked))
