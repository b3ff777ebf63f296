"""Follow (ActivityPub §7.5): somebody wants what one of our actors publishes."""

from __future__ import annotations

from federation.activitystreams.model import IncomingActivity
from federation.answering import acceptance
from federation.inbox.handlers.pact import hear_asked
from federation.inbox.reception import Reception, get_signer
from federation.inbox.verified import Verified
from storage.ids import ActorId
from storage.records import Follower, LocalActor


async def receive_follow(verified: Verified, reception: Reception) -> None:
    """Keep the follower and accept at once, unless this actor approves by hand; our node is asked for a pact so."""
    activity = verified.activity
    target = await _find_target(activity, reception)
    if target is None:
        return
    if target.kind == "instance":
        await hear_asked(verified, reception)
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


async def _find_target(activity: IncomingActivity, reception: Reception) -> LocalActor | None:
    if activity.object is None or activity.object.id is None:
        return None
    from_outside = not reception.locations.is_ours(activity.actor)
    target = await reception.store.find_actor(ActorId(activity.object.id))
    return target if from_outside else None
