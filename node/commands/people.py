"""Whom we follow, and who follows us."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions.followers import approve, list_followers
from node.actions.follows import follow, unfollow
from node.commands.params import Params, find_text, text
from node.context import Node
from storage.records import Follower, Following

_TIMELINE_LENGTH: Final = 50


async def follow_actor(node: Node, params: Params) -> JsonValue:
    return _following(await follow(text(params, "address"), node))


async def unfollow_actor(node: Node, params: Params) -> JsonValue:
    return {"actor": (await unfollow(text(params, "address"), node)).follows, "state": "ended"}


async def following(node: Node, _params: Params) -> JsonValue:
    return [_following(one) for one in await node.store.list_following(node.union_actor)]


async def timeline(node: Node, _params: Params) -> JsonValue:
    return [
        {
            "id": post.id,
            "actor": post.actor,
            "type": post.type,
            "content": post.html,
            "published": rfc3339(post.published_at),
            "warning": post.warning,
            "url": post.url,
            "public": post.is_public,
        }
        for post in await node.store.list_timeline(before=None, limit=_TIMELINE_LENGTH)
    ]


async def followers(node: Node, params: Params) -> JsonValue:
    return [_follower(one) for one in await list_followers(find_text(params, "handle"), node)]


async def followers_approve(node: Node, params: Params) -> JsonValue:
    return [_follower(one) for one in await approve(text(params, "actor"), node)]


def _following(following: Following) -> JsonObject:
    return {"actor": following.follows, "state": following.state}


def _follower(follower: Follower) -> JsonObject:
    return {
        "actor": follower.actor,
        "follows": follower.follows,
        "inbox": follower.delivery_inbox,
        "since": rfc3339(follower.since),
        "state": follower.state,
    }
