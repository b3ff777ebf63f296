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
    web.get("/robots.txt", get_robots, name="robots"),
]
