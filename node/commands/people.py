"""Whom we follow, and who follows us."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions.followers import approve, list_followers, list_moved, reject
from node.actions.follows import follow, unfollow
from node.commands.params import Params, find_text, text
from node.context import Node
from storage.records import Follower, Following, Move

_TIMELINE_LENGTH: Final = 50


async def follow_actor(node: Node, params: Params) -> JsonValue:
    """Follow somebody as the union's own actor."""
    return _following(await follow(text(params, "address"), node))


async def unfollow_actor(node: Node, params: Params) -> JsonValue:
    """Stop following somebody."""
    return {"actor": (await unfollow(text(params, "address"), node)).follows, "state": "ended"}


async def following(node: Node, _params: Params) -> JsonValue:
    """Whom the union follows, with where they say they moved."""
    moved = await list_moved(node)
    return [
        {**_following(one), **_moved(moved.get(one.follows))}
        for one in await node.store.list_following(node.union_actor)
    ]


async def timeline(node: Node, _params: Params) -> JsonValue:
    """The newest of what they published."""
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
    """Who follows an actor of ours, or any of them, with where they say they moved."""
    moved = await list_moved(node)
    found = await list_followers(find_text(params, "handle"), node)
    return [{**_follower(one), **_moved(moved.get(one.actor))} for one in found]


async def followers_approve(node: Node, params: Params) -> JsonValue:
    """Accept somebody who waits."""
    return [_follower(one) for one in await approve(text(params, "actor"), node)]


async def followers_reject(node: Node, params: Params) -> JsonValue:
    """Refuse somebody who waits or follows already."""
    return [{**_follower(one), "state": "rejected"} for one in await reject(text(params, "actor"), node)]


def _moved(move: Move | None) -> JsonObject:
    return {} if move is None else {"moved": {"to": move.target, "state": move.state, "error": move.error}}


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
