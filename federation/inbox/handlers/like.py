"""Like and Announce (ActivityPub §7.10, §7.11): somebody likes an update of ours, or passes it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.records import Reaction, ReactionKind

KINDS: Final[Mapping[str, ReactionKind]] = {"Like": "like", "Announce": "share"}


async def receive_reaction(verified: Verified, reception: Reception) -> None:
    """Count its actor once, if it is about an update of ours that stands; nothing but the object's id is used."""
    activity = verified.activity
    if activity.object is None or activity.object.id is None or reception.locations.is_ours(activity.actor):
        return
    post = await reception.store.find_post(activity.object.id)
    if post is None or post.retracted_at is not None:
        return
    reaction = Reaction(
        object=post.id,
        kind=KINDS[activity.type],
        actor=activity.actor,
        activity=activity.id,
        received_at=verified.received_at,
    )
    if await reception.store.add_reaction(reaction):
        reception.changed()
