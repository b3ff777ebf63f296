"""Every command that needs an opened node, as one explicit table: name → action, JSON in and JSON out.

The command line runs these itself when the node is down, and through the control socket while it runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from federation.locations import is_serial
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions import comments
from node.actions.campaigns import CampaignChange, add_campaign, edit_campaign
from node.actions.charters import show_charters
from node.actions.compose import Draft
from node.actions.deliveries import list_deliveries
from node.actions.doctor import check
from node.actions.edit import edit
from node.actions.followers import approve, list_followers
from node.actions.follows import follow, unfollow
from node.actions.publish import Published, publish
from node.actions.retract import retract
from node.context import Node
from node.errors import MissingPart
from node.refusal import Refusal
from storage.records import Follower, Following, LocalActor, RemotePost

_TIMELINE_LENGTH: Final = 50
_REPORTS_LENGTH: Final = 200

Params = JsonObject
Command = Callable[[Node, Params], Awaitable[JsonValue]]


async def run_command(name: str, params: Params, node: Node) -> JsonValue:
    """Run one command; raises what `node.errors.REFUSALS` names, and KeyError for an unknown name."""
    return await COMMANDS[name](node, params)


async def _campaign_add(node: Node, params: Params) -> JsonValue:
    actor = await add_campaign(
        _text(params, "handle"),
        _text(params, "name"),
        _find_text(params, "summary") or "",
        approves_followers=params.get("approves_followers") is True,
        node=node,
    )
    return _actor(actor, node)


async def _campaign_list(node: Node, _params: Params) -> JsonValue:
    actors = [actor for actor in await node.store.list_actors() if actor.kind != "instance"]
    return [{**_actor(actor, node), "followers": await node.store.count_followers(actor.id)} for actor in actors]


async def _campaign_edit(node: Node, params: Params) -> JsonValue:
    approves = params.get("approves_followers")
    change = CampaignChange(
        name=_find_text(params, "name"),
        summary=_find_text(params, "summary"),
        approves_followers=approves if isinstance(approves, bool) else None,
    )
    return _actor(await edit_campaign(_text(params, "handle"), change, node), node)


async def _post(node: Node, params: Params) -> JsonValue:
    return _published(await publish(_text(params, "handle"), _draft(params), _serial(params), node))


async def _edit(node: Node, params: Params) -> JsonValue:
    return _published(await edit(_text(params, "id"), _draft(params), _serial(params), node))


async def _retract(node: Node, params: Params) -> JsonValue:
    return _published(await retract(_text(params, "id"), _serial(params), node))


async def _follow(node: Node, params: Params) -> JsonValue:
    return _following(await follow(_text(params, "address"), node))


async def _unfollow(node: Node, params: Params) -> JsonValue:
    return {"actor": (await unfollow(_text(params, "address"), node)).follows, "state": "ended"}


async def _list_following(node: Node, _params: Params) -> JsonValue:
    return [_following(one) for one in await node.store.list_following(node.union_actor)]


async def _timeline(node: Node, _params: Params) -> JsonValue:
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


async def _followers(node: Node, params: Params) -> JsonValue:
    return [_follower(one) for one in await list_followers(_find_text(params, "handle"), node)]


async def _followers_approve(node: Node, params: Params) -> JsonValue:
    return [_follower(one) for one in await approve(_text(params, "actor"), node)]


async def _comments(node: Node, params: Params) -> JsonValue:
    return [_comment(one) for one in await comments.list_comments(_find_text(params, "id"), node)]


async def _comments_approve(node: Node, params: Params) -> JsonValue:
    return _comment(await comments.approve(_text(params, "id"), node))


async def _comments_hide(node: Node, params: Params) -> JsonValue:
    return _comment(await comments.hide(_text(params, "id"), node))


async def _reports(node: Node, _params: Params) -> JsonValue:
    return [
        {
            "id": one.id,
            "actor": one.actor,
            "objects": list(one.objects),
            "text": one.text,
            "received": rfc3339(one.received_at),
        }
        for one in await node.store.list_reports(limit=_REPORTS_LENGTH)
    ]


async def _deliveries(node: Node, params: Params) -> JsonValue:
    return [
        {
            "activity": one.activity,
            "inbox": one.inbox,
            "state": one.state,
            "attempts": one.attempts,
            "next_at": _time(one.next_at),
            "error": one.error,
        }
        for one in await list_deliveries(_find_text(params, "id"), node)
    ]


async def _charter_show(node: Node, _params: Params) -> JsonValue:
    return await show_charters(node)


async def _check(node: Node, _params: Params) -> JsonValue:
    findings = await check(node)
    return {
        "ok": all(finding.level != "fail" for finding in findings),
        "findings": [{"what": one.what, "level": one.level, "says": one.says, "do": one.do} for one in findings],
    }


COMMANDS: Final[Mapping[str, Command]] = {
    "campaign add": _campaign_add,
    "campaign list": _campaign_list,
    "campaign edit": _campaign_edit,
    "post": _post,
    "edit": _edit,
    "retract": _retract,
    "follow": _follow,
    "unfollow": _unfollow,
    "following": _list_following,
    "timeline": _timeline,
    "followers": _followers,
    "followers approve": _followers_approve,
    "comments": _comments,
    "comments approve": _comments_approve,
    "comments hide": _comments_hide,
    "reports": _reports,
    "deliveries": _deliveries,
    "charter show": _charter_show,
    "check": _check,
}


def _actor(actor: LocalActor, node: Node) -> JsonObject:
    return {
        "id": actor.id,
        "handle": f"{actor.handle}@{node.locations.host}",
        "url": node.locations.actor_page(actor.handle),
        "name": actor.name,
        "approves_followers": actor.approves_followers,
    }


def _published(published: Published) -> JsonObject:
    return {
        "id": published.id,
        "activity": published.activity,
        "url": published.page,
        "index": published.index,
        "size": published.size,
        "not_found": list(published.not_found),
    }


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


def _comment(comment: RemotePost) -> JsonObject:
    return {
        "id": comment.id,
        "actor": comment.actor,
        "in_reply_to": comment.in_reply_to,
        "content": comment.html,
        "state": comment.comment_state,
        "warning": comment.warning,
        "url": comment.url,
        "public": comment.is_public,
        "published": rfc3339(comment.published_at),
    }


def _draft(params: Params) -> Draft:
    return Draft(
        text=_text(params, "text"),
        warning=_find_text(params, "warning"),
        language=_find_text(params, "language"),
    )


def _text(params: Params, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str):
        raise MissingPart(name)
    return value


def _serial(params: Params) -> str:
    serial = _text(params, "serial")
    if not is_serial(serial):
        raise Refusal("The command carries no usable number. Is it of another release than the running node?")
    return serial


def _find_text(params: Params, name: str) -> str | None:
    value = params.get(name)
    return value if isinstance(value, str) else None


def _time(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
