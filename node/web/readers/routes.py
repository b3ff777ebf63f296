"""The readers' pages: one table. The same addresses asked for ActivityStreams give the thing itself."""

from __future__ import annotations

from aiohttp import web

from node.web.readers.handlers import (
    get_campaign,
    get_feed,
    get_icon,
    get_robots,
    get_style,
    get_tag,
    get_tag_feed,
    get_union,
    get_update,
)
from node.web.readers.media import get_media
from node.web.readers.mirrors import (
    get_mirrored_campaign,
    get_mirrored_feed,
    get_mirrored_union,
    get_mirrored_update,
    get_mirrors,
)
from node.web.readers.network import get_check, get_network
from node.web.readers.proofs import get_mirrored_proof, get_proof

_DOMAIN = "{domain:[A-Za-z0-9.:\\[\\]-]+}"
_HANDLE = "{handle:[A-Za-z0-9_.-]+}"
_FEED = "feed.{form:atom|json}"

ROUTES = [
    web.get("/", get_union, name="union_page"),
    web.get("/@{handle:[a-z0-9_]+}", get_campaign, name="campaign_page"),
    web.get("/@{handle:[a-z0-9_]+}/{serial:[0-9]+}", get_update, name="update_page"),
    web.get("/@{handle:[a-z0-9_]+}/feed.{form:atom|json}", get_feed, name="feed"),
    web.get("/tags/{tag}", get_tag, name="tag_page"),
    web.get("/tags/{tag}/feed.{form:atom|json}", get_tag_feed, name="tag_feed"),
    web.get("/static/style.css", get_style, name="style"),
    web.get("/media/{digest:[0-9a-f]{64}}.{ending:jpg|png|webp|gif}", get_media, name="media"),
    web.get("/static/icon.svg", get_icon, name="icon"),
    web.get("/@{handle:[a-z0-9_]+}/{serial:[0-9]+}.tlog-proof", get_proof, name="proof"),
    web.get("/mirrors/", get_mirrors, name="mirrors"),
    web.get(f"/mirrors/{_DOMAIN}/", get_mirrored_union, name="mirrored_union"),
    web.get(f"/mirrors/{_DOMAIN}/{_FEED}", get_mirrored_feed, name="mirrored_feed"),
    web.get(f"/mirrors/{_DOMAIN}/@{_HANDLE}", get_mirrored_campaign, name="mirrored_campaign"),
    web.get(f"/mirrors/{_DOMAIN}/@{_HANDLE}/{_FEED}", get_mirrored_feed, name="mirrored_campaign_feed"),
    web.get(f"/mirrors/{_DOMAIN}/{{serial:[0-9]+}}", get_mirrored_update, name="mirrored_update"),
    web.get(f"/mirrors/{_DOMAIN}/{{serial:[0-9]+}}.tlog-proof", get_mirrored_proof, name="mirrored_proof"),
    web.get("/network", get_network, name="network"),
    web.get("/network/check", get_check, name="check"),
    web.get("/robots.txt", get_robots, name="robots"),
]
