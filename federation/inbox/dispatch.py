"""One explicit table: which activity has which effect here. What is not in it was answered 202 and does nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from federation.errors import Blocked
from federation.inbox.handlers.accept import receive_accept, receive_reject
from federation.inbox.handlers.block import receive_block
from federation.inbox.handlers.create import receive_create, receive_update
from federation.inbox.handlers.delete import receive_delete
from federation.inbox.handlers.flag import receive_flag
from federation.inbox.handlers.follow import receive_follow
from federation.inbox.handlers.like import receive_reaction
from federation.inbox.handlers.move import receive_move
from federation.inbox.handlers.undo import receive_undo
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified

Handler = Callable[[Verified, Reception], Awaitable[None]]

HANDLERS: Final[Mapping[str, Handler]] = {
    "Accept": receive_accept,
    "Announce": receive_reaction,
    "Block": receive_block,
    "Create": receive_create,
    "Delete": receive_delete,
    "Flag": receive_flag,
    "Follow": receive_follow,
    "Like": receive_reaction,
    "Move": receive_move,
    "Reject": receive_reject,
    "Undo": receive_undo,
    "Update": receive_update,
}


async def dispatch(verified: Verified, reception: Reception) -> None:
    """Let a verified activity have its effect; every effect can be repeated after a crash.

    `Blocked` for what was received before its actor was blocked.
    """
    await reception.blocks.refuse_blocked(verified.activity)
    handler = HANDLERS.get(verified.activity.type)
    if handler is not None:
        await handler(verified, reception)
        try:
            await reception.blocks.refuse_blocked(verified.activity)
        except Blocked:
            await reception.cut()  # it was blocked in the middle, and what it left since is ended too
