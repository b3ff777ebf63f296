"""Accept and Reject (ActivityPub §7.6, §7.7): somebody answers our Follow."""

from __future__ import annotations

from federation.activitystreams.model import IncomingObject
from federation.inbox.handlers.pact import hear_answer
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActivityId, ActorId
from storage.records import FollowingState


async def receive_accept(verified: Verified, reception: Reception) -> None:
    """Our Follow was accepted."""
    if not await hear_answer(verified, reception, accepts=True):
        await _answer(verified, reception, "accepted")


async def receive_reject(verified: Verified, reception: Reception) -> None:
    """Our Follow was refused, now or later."""
    if not await hear_answer(verified, reception, accepts=False):
        await _answer(verified, reception, "refused")


async def _answer(verified: Verified, reception: Reception, state: FollowingState) -> None:
    follow, answerer = verified.activity.object, verified.activity.actor
    if follow is None:
        return
    asked = await _find_asked(follow, answerer, reception)
    if asked is not None:
        await reception.store.set_following_state(asked, answerer, state)


async def _find_asked(follow: IncomingObject, answerer: ActorId, reception: Reception) -> ActivityId | None:
    """Our standing Follow of the answerer, named by its id, by an earlier one's, or by its two actors (Fedify may)."""
    ours = follow.actor
    if follow.id is not None:
        sent = await reception.store.find_activity(ActivityId(follow.id))
        ours = sent.actor if sent is not None and sent.type == "Follow" else ours
    if ours is None:
        return None
    standing = await reception.store.find_following(ours, answerer)
    return None if standing is None else standing.activity
