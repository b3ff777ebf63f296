"""Undo (ActivityPub §7.12): somebody takes back what they did."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from federation.activitystreams.model import IncomingObject
from federation.inbox.handlers.like import KINDS
from federation.inbox.handlers.pact import hear_undone
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified, stored_under
from storage.ids import ActivityId, ActorId
from storage.records import Follower

_CLOCKS: Final = timedelta(hours=1)
"""How far apart another server's clock and ours may be."""


async def receive_undo(verified: Verified, reception: Reception) -> None:
    """End a Follow, Like or Announce, named whole or by its id alone; other undone things had no effect here."""
    undone, actor = verified.activity.object, verified.activity.actor
    if undone is None or undone.type not in {"Follow", None, *KINDS}:
        return
    if undone.type in {"Follow", None}:
        await hear_undone(undone, verified, reception)
    kind = KINDS.get(undone.type or "")
    if undone.object is None:
        await _undo_named(undone, actor, reception)
    elif kind is not None:
        if await reception.store.remove_reaction(undone.object, kind, actor):
            reception.changed()
    else:
        await _undo_follow(undone, ActorId(undone.object), verified, reception)


async def _undo_follow(undone: IncomingObject, follows: ActorId, verified: Verified, reception: Reception) -> None:
    """End the standing Follow of the pair, unless this is late and means one that it replaced."""
    standing = await reception.store.find_follower(verified.activity.actor, follows)
    if standing is not None and not await _means_an_earlier(undone, standing, verified, reception):
        await reception.store.remove_follower(standing.actor, standing.follows)


async def _means_an_earlier(
    undone: IncomingObject, standing: Follower, verified: Verified, reception: Reception
) -> bool:
    """By the id it names, if that was once the id of another Follow here; else by when it says it was said.

    An id never heard of means the pair: some servers (Misskey) name their Follow otherwise when they undo it.
    """
    if undone.id is not None and str(undone.id) != str(standing.activity):
        named = stored_under(ActivityId(undone.id), standing.actor)
        if await reception.store.has_received(f"{named} "):
            return True
    said_at = verified.activity.published_at
    return said_at is not None and said_at < standing.since - _CLOCKS


async def _undo_named(undone: IncomingObject, actor: ActorId, reception: Reception) -> None:
    """Without its object, what was done is known by its id alone."""
    if undone.id is None:
        return
    if undone.type in {"Follow", None}:
        await reception.store.remove_follow(ActivityId(undone.id), actor)
    if undone.type != "Follow" and await reception.store.remove_reaction_named(ActivityId(undone.id), actor):
        reception.changed()
