"""Undo (ActivityPub §7.12): somebody takes back what they did."""

from __future__ import annotations

from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActivityId, ActorId


async def receive_undo(verified: Verified, reception: Reception) -> None:
    """End a Follow, named whole or by its id alone; other undone things had no effect here."""
    undone = verified.activity.object
    if undone is None or undone.type not in {"Follow", None}:
        return
    actor = verified.activity.actor
    if undone.object is not None:
        await reception.store.remove_follower(actor, ActorId(undone.object))
    elif undone.id is not None:
        await reception.store.remove_follow(ActivityId(undone.id), actor)
