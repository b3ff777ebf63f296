"""Undo (ActivityPub §7.12): somebody takes back what they did."""

from __future__ import annotations

from federation.activitystreams.model import IncomingObject
from federation.inbox.handlers.like import KINDS
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActivityId, ActorId


async def receive_undo(verified: Verified, reception: Reception) -> None:
    """End a Follow, Like or Announce, named whole or by its id alone; other undone things had no effect here."""
    undone, actor = verified.activity.object, verified.activity.actor
    if undone is None or undone.type not in {"Follow", None, *KINDS}:
        return
    kind = KINDS.get(undone.type or "")
    if undone.object is None:
        await _undo_named(undone, actor, reception)
    elif kind is not None:
        await reception.store.remove_reaction(undone.object, kind, actor)
    else:
        await reception.store.remove_follower(actor, ActorId(undone.object))


async def _undo_named(undone: IncomingObject, actor: ActorId, reception: Reception) -> None:
    """Without its object, what was done is known by its id alone."""
    if undone.id is None:
        return
    if undone.type in {"Follow", None}:
        await reception.store.remove_follow(ActivityId(undone.id), actor)
    if undone.type != "Follow":
        await reception.store.remove_reaction_named(ActivityId(undone.id), actor)
