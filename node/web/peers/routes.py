"""What other servers ask for: one table."""

from __future__ import annotations

from aiohttp import web

from node.web.peers.actors import (
    get_actor,
    get_count,
    get_featured,
    get_instance_actor,
    get_instance_collection,
    get_outbox,
)
from node.web.peers.add_checkpoint import post_checkpoint
from node.web.peers.bring import post_entries
from node.web.peers.charter import get_charter
from node.web.peers.discovery import get_host_meta, get_nodeinfo, get_nodeinfo_links, get_webfinger
from node.web.peers.inbox import post_inbox
from node.web.peers.log import LOG_ROUTES
from node.web.peers.objects import get_activity, get_object, get_reactions
from node.web.peers.pieces import wait_to_be_asked
from node.web.peers.retractions import get_retractions, post_retraction

HANDLE = "{handle:[a-z0-9_]+}"
SERIAL = "{serial:[0-9]+}"

ROUTES = [
    web.get("/.well-known/webfinger", get_webfinger, name="webfinger"),
    web.get("/.well-known/host-meta", get_host_meta, name="host_meta"),
    web.get("/.well-known/nodeinfo", get_nodeinfo_links, name="nodeinfo_links"),
    web.get("/nodeinfo/{version:2\\.[01]}", get_nodeinfo, name="nodeinfo"),
    web.get("/actor", get_instance_actor, name="instance_actor"),
    web.get("/actor/{collection:outbox|followers|following|featured}", get_instance_collection, name="instance_empty"),
    web.post("/actor/inbox", post_inbox, name="instance_inbox"),
    web.get(f"/actors/{HANDLE}", get_actor, name="actor"),
    web.post(f"/actors/{HANDLE}/inbox", post_inbox, name="actor_inbox"),
    web.get(f"/actors/{HANDLE}/outbox", get_outbox, name="outbox"),
    web.get(f"/actors/{HANDLE}/featured", get_featured, name="featured"),
    web.get(f"/actors/{HANDLE}/{{collection:followers|following}}", get_count, name="count"),
    web.get(f"/objects/{SERIAL}", get_object, name="object"),
    web.get(f"/objects/{SERIAL}/{{collection:likes|shares}}", get_reactions, name="reactions"),
    web.get(f"/activities/{SERIAL}", get_activity, name="activity"),
    web.get("/log/{did:did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+}/charter", get_charter, name="charter"),
    web.post("/log/add-checkpoint", post_checkpoint, name="add_checkpoint"),
    web.post("/log/add-entries", post_entries, name="add_entries", expect_handler=wait_to_be_asked),
    web.get("/log/{did:did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+}/retractions", get_retractions, name="retractions"),
    web.post("/log/retract", post_retraction, name="retract"),
    *LOG_ROUTES,
    web.post("/inbox", post_inbox, name="shared_inbox"),
]
