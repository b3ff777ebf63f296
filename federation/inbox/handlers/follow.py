"""Follow (ActivityPub §7.5): somebody wants what one of our actors publishes."""

from __future__ import annotations

import hashlib
from datetime import datetime

from federation.activitystreams.model import IncomingActivity
from federation.delivery.send import Letter, about_pair
from federation.inbox.reception import Reception, get_signer
from federation.inbox.verified import Verified
from federation.strictjson import JsonValue
from storage.ids import ActivityId, ActorId, next_serial
from storage.records import Follower, LocalActor


async def receive_follow(verified: Verified, reception: Reception) -> None:
    """Keep the follower and accept at once, unless this actor approves its followers by hand."""
    activity = verified.activity
    target = await _find_target(activity, reception)
    if target is None:
        return
    remote = await get_signer(activity, reception)
    standing = await reception.store.find_follower(remote.id, target.id)
    is_accepted = not target.approves_followers or (standing is not None and standing.state == "accepted")
    follower = Follower(
        actor=remote.id,
        follows=target.id,
        activity=activity.id,
        inbox=remote.inbox,
        shared_inbox=remote.shared_inbox,
        state="accepted" if is_accepted else "waiting",
        since=standing.since if standing is not None else verified.received_at,
    )
    await reception.store.save_follower(follower)
    if is_accepted and not reception.answers.take((remote.id, target.id), verified.received_at):
        await reception.sender.send(acceptance(follower, answered_at=verified.received_at))


def acceptance(follower: Follower, *, answered_at: datetime) -> Letter:
    """The Accept of a kept Follow; for the same Follow and time always the same one."""
    return _answer("Accept", follower, answered_at)


def rejection(follower: Follower, *, answered_at: datetime) -> Letter:
    """The Reject of a kept Follow, waiting or accepted before."""
    return _answer("Reject", follower, answered_at)


def _answer(type: str, follower: Follower, answered_at: datetime) -> Letter:
    return Letter(
        type=type,
        serial=_serial(follower.activity, answered_at),
        sender=follower.follows,
        recipient=follower.actor,
        inbox=follower.inbox,
        object=_the_follow(follower),
        about=about_pair(follower.follows, follower.actor),
    )


async def _find_target(activity: IncomingActivity, reception: Reception) -> LocalActor | None:
    if activity.object is None or activity.object.id is None:
        return None
    from_outside = not reception.locations.is_ours(activity.actor)
    target = await reception.store.find_actor(ActorId(activity.object.id))
    return target if from_outside and target is not None and target.kind != "instance" else None


def _the_follow(follower: Follower) -> JsonValue:
    """The whole Follow, because some servers look inside instead of at its id."""
    return {"id": follower.activity, "type": "Follow", "actor": follower.actor, "object": follower.follows}


def _serial(follow: ActivityId, answered_at: datetime) -> str:
    """A number by time and by the Follow's id instead of chance, so that a repeated effect finds its own letter."""
    mark = int.from_bytes(hashlib.sha256(follow.encode()).digest()[:2])
    return next_serial(answered_at, lambda _bits: mark)
