"""Replies to our updates: held until an organiser approves them, and hidden when an organiser says so."""

from __future__ import annotations

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


async def approve(named: str, node: Node) -> RemotePost:
    """Show a reply below its update; `Refusal` for one that was not written to everybody."""
    return await _change(named, "shown", node)


async def hide(named: str, node: Node) -> RemotePost:
    """Keep a reply off the page, or take it off again."""
    return await _change(named, "hidden", node)


async def _change(named: str, state: CommentState, node: Node) -> RemotePost:
    id = ObjectId(named.strip())
    is_changed = await node.store.set_comment_state(id, state)
    comment = await node.store.find_remote_post(id)
    if comment is None or comment.comment_on is None:
        raise Refusal(
            f"There is no reply “{named}” to an update of ours. Give its id, as `picketline comments` shows it."
        )
    if not is_changed:
        raise Refusal(
            f"The reply {id} was not written to everybody, so it can never be shown. It stays {comment.comment_state}; "
            "its author may publish it, or you may hide it with `picketline comments hide`."
        )
    node.readers_bell.ring()
    return replace(comment, comment_state=state)


def _last(found: list[RemotePost]) -> tuple[datetime, ObjectId] | None:
    return (found[-1].received_at, found[-1].id) if found else None
