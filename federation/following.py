"""Letters about whom we follow: the Follow, and the Undo that ends it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from federation.delivery.send import Letter, Sender, about_pair
from federation.log.own import read_document
from federation.strictjson import JsonObject
from storage.ids import ActorId
from storage.records import Following, RemoteActor
from storage.store import Activities, FollowingOf


class FollowingStore(Activities, FollowingOf, Protocol):
    """What is read and written."""


async def ask_to_follow(
    ours: ActorId, remote: RemoteActor, *, serial: str, at: datetime, store: FollowingOf, sender: Sender
) -> Following:
    """Keep that one of our actors asks to follow somebody, and ask."""
    following = Following(
        actor=ours,
        follows=remote.id,
        activity=sender.locations.activity(serial),
        inbox=remote.inbox,
        state="asked",
        asked_at=at,
    )
    await store.save_following(following)
    await sender.send(
        Letter(
            type="Follow",
            serial=serial,
            sender=ours,
            recipient=remote.id,
            inbox=remote.inbox,
            object=remote.id,
            about=about_pair(ours, remote.id),
        )
    )
    return following


async def send_undo(following: Following, *, serial: str, store: Activities, sender: Sender) -> None:
    """Tell somebody that we follow no longer; the row is the caller's to remove."""
    await sender.send(
        Letter(
            type="Undo",
            serial=serial,
            sender=following.actor,
            recipient=following.follows,
            inbox=following.inbox,
            object=await _the_follow(following, store),
            about=about_pair(following.actor, following.follows),
        )
    )


async def end_following(following: Following, *, serial: str, store: FollowingStore, sender: Sender) -> None:
    """Stop following; works while the other server is down, because what is needed was kept."""
    await send_undo(following, serial=serial, store=store, sender=sender)
    await store.remove_following(following.actor, following.follows)


async def _the_follow(following: Following, store: Activities) -> JsonObject:
    """The Follow as it was signed, proof and all; by its names when a crash kept it from being sent."""
    sent = await store.find_activity(following.activity)
    if sent is not None:
        return read_document(sent.body)
    return {"id": following.activity, "type": "Follow", "actor": following.actor, "object": following.follows}
