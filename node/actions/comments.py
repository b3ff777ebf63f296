"""Replies to our updates: held until an organiser approves them, and hidden when an organiser says so."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.actions.find import get_update
from node.context import Node
from node.refusal import Refusal
from storage.ids import ObjectId
from storage.records import CommentState, RemotePost

_PAGE: Final = 500


async def list_comments(named: str | None, node: Node) -> list[RemotePost]:
    """All replies to one update, or to all of ours with None, newest first."""
    on = None if named is None else (await get_update(named, node)).id
    found: list[RemotePost] = []
    while page := await node.store.list_comments(on, state=None, before=_last(found), limit=_PAGE):
        found += page
    return found


async def approve(named: str, node: Node, *, mark: str | None = None) -> RemotePost:
    """Show a reply below its update, if it still is what `mark` marks.

    `Refusal` for one that was changed since, or was not written to everybody.
    """
    return await _change(named, mark, "shown", node)


async def hide(named: str, node: Node, *, mark: str | None = None) -> RemotePost:
    """Keep a reply off the page, or take it off again."""
    return await _change(named, mark, "hidden", node)


def mark_of(comment: RemotePost) -> str:
    """Eight letters and digits for what a reader of this reply sees; another text has another mark.

    When it came goes in too, to the microsecond: so no author can make two texts ready that have one mark.
    """
    shown = (comment.actor, comment.html, comment.url, comment.warning, comment.is_public)
    seen = (*shown, comment.received_at.isoformat())
    return base64.b32encode(hashlib.sha256(json.dumps(seen).encode()).digest())[:8].decode().lower()


async def _change(named: str, mark: str | None, state: CommentState, node: Node) -> RemotePost:
    comment = await _get_comment(named, mark, node)
    if state == "shown" and not comment.is_public:
        raise Refusal(
            f"The reply {comment.id} was not written to everybody, so it can never be shown. It stays "
            f"{comment.comment_state}; its author may publish it, or you may hide it with `picketline comments hide`."
        )
    if not await node.store.set_comment_state(comment, state):
        raise _changed(comment.id)
    node.readers_bell.ring()
    return replace(comment, comment_state=state)


async def _get_comment(named: str, mark: str | None, node: Node) -> RemotePost:
    """The reply of this id; where several actors of its host claim the id, the mark tells which is meant."""
    id = ObjectId(named.strip())
    found = [one for one in await node.store.list_remote_posts([id]) if one.comment_on is not None]
    if not found:
        raise Refusal(
            f"There is no reply “{named}” to an update of ours. Give its id, as `picketline comments` shows it."
        )
    if mark is not None:
        found = [one for one in found if mark_of(one) == mark.strip().lower()]
    if not found:
        raise _changed(id)
    if len(found) > 1:
        raise Refusal(f"Several people claim the id {id}. Give the mark that `picketline comments` shows behind it.")
    return found[0]


def _changed(id: ObjectId) -> Refusal:
    return Refusal(
        f"The reply {id} is no longer what you read: its author has changed it, or the mark is another's. "
        "Nothing was done. Read it again with `picketline comments`, and give the mark shown there."
    )


def _last(found: list[RemotePost]) -> tuple[datetime, ObjectId] | None:
    return (found[-1].received_at, found[-1].id) if found else None
