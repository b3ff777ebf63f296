"""Block (ActivityPub §7.9 asks servers not to send it; Mastodon does): somebody wants nothing of one of our actors."""

from __future__ import annotations

from federation.addresses import same_origin
from federation.blocks.cut import ways_to
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActorId
from storage.records import RemoteActor


async def receive_block(verified: Verified, reception: Reception) -> None:
    """They stop following that actor, it stops following them, and what waits for their own inbox is cancelled."""
    blocker, blocked = verified.activity.actor, verified.activity.object
    if blocked is None or blocked.id is None or reception.locations.is_ours(blocker):
        return
    ours = await reception.store.find_actor(ActorId(blocked.id))
    if ours is None:
        return
    remote = await reception.store.find_remote_actor(blocker)
    if remote is not None and await _is_its_own_inbox(remote, reception):
        await reception.store.cancel_inbox_deliveries(ways_to([remote.inbox]), actor=ours.id)
    await reception.store.remove_follower(blocker, ours.id)
    await reception.store.remove_following(ours.id, blocker)


async def _is_its_own_inbox(remote: RemoteActor, reception: Reception) -> bool:
    """Whether nobody else would miss what waits for this inbox: anybody can name somebody else's as theirs."""
    if remote.inbox == remote.shared_inbox or not same_origin(remote.inbox, remote.id):
        return False
    return remote.inbox in await reception.store.list_own_inboxes([remote.id])
