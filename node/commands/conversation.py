"""What others answer and complain about."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions import comments as moderation
from node.commands.params import Params, find_text, text
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActivityId
from storage.records import RemotePost

_REPORTS_LENGTH: Final = 200


async def comments(node: Node, params: Params) -> JsonValue:
    """Replies to one update, or to all, in whatever state."""
    return [_comment(one) for one in await moderation.list_comments(find_text(params, "id"), node)]


async def comments_approve(node: Node, params: Params) -> JsonValue:
    """Show a reply below its update; with a mark, only while it still reads as it was listed."""
    return _comment(await moderation.approve(text(params, "id"), node, mark=find_text(params, "mark")))


async def comments_hide(node: Node, params: Params) -> JsonValue:
    """Keep a reply off our pages; a mark as for approving."""
    return _comment(await moderation.hide(text(params, "id"), node, mark=find_text(params, "mark")))


async def reports(node: Node, _params: Params) -> JsonValue:
    """The newest complaints of others."""
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


async def reports_dismiss(node: Node, params: Params) -> JsonValue:
    """Forget a complaint."""
    id = text(params, "id").strip()
    if not await node.store.remove_report(ActivityId(id)):
        raise Refusal(f"There is no report “{id}”. Give its id, as `picketline reports` shows it.")
    return {"id": id, "state": "dismissed"}


def _comment(comment: RemotePost) -> JsonObject:
    return {
        "id": comment.id,
        "mark": moderation.mark_of(comment),
        "update": comment.comment_on,
        "actor": comment.actor,
        "in_reply_to": comment.in_reply_to,
        "content": comment.html,
        "state": comment.comment_state,
        "warning": comment.warning,
        "url": comment.url,
        "public": comment.is_public,
        "published": rfc3339(comment.published_at),
    }
