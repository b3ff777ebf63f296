"""What other nodes say about the pact with ours: Follow of our node, and answers to its own (protocol §4)."""

from __future__ import annotations

from federation.activitystreams.model import IncomingObject
from federation.answering import rejection
from federation.inbox.reception import Reception, get_signer
from federation.inbox.verified import Verified, stored_under
from federation.mirror.asked import MOST_ASKING
from federation.mirror.homes import is_node_actor
from federation.mirror.pacts import their_pending
from storage.ids import ActivityId, ActorId
from storage.records import Peer


async def hear_asked(verified: Verified, reception: Reception) -> None:
    """A Follow of our node: kept to be looked into when a node's own actor asks, refused at once by a Reject else."""
    activity, us = verified.activity, reception.locations.instance_actor
    remote = await get_signer(activity, reception)
    follower = their_pending(activity.id, remote.id, us, remote.inbox, verified.received_at)
    if not is_node_actor(remote):
        if not reception.answers.take((remote.id, us), verified.received_at):
            await reception.sender.send(rejection(follower, answered_at=verified.received_at))
        return
    is_known = await reception.store.find_peer_by_actor(remote.id) is not None
    if is_known or await reception.store.count_followers(us, state="waiting") < MOST_ASKING:
        await reception.store.save_follower(follower)
        reception.asked()


async def hear_answer(verified: Verified, reception: Reception, *, accepts: bool) -> bool:
    """An Accept or Reject of our node's Follow, by its id or its two actors; whether it was one."""
    follow, us = verified.activity.object, reception.locations.instance_actor
    peer = await reception.store.find_peer_by_actor(verified.activity.actor)
    if peer is None or follow is None:
        return False
    if not (str(follow.id) == peer.follow if follow.id is not None else follow.actor == us):
        return False
    await reception.pacts.happen("they accept" if accepts else "they reject", peer)
    return True


async def hear_undone(undone: IncomingObject, verified: Verified, reception: Reception) -> None:
    """An Undo of their Follow of our node, whole or by its id."""
    if undone.object is not None and str(undone.object) != reception.locations.instance_actor:
        return
    peer = await reception.store.find_peer_by_actor(verified.activity.actor)
    if peer is not None and await _means_the_standing(undone, peer, reception):
        await reception.pacts.happen("they undo", peer)


async def hear_gone(actor: ActorId, reception: Reception) -> None:
    """A node's own actor deleted itself: the pact is over, and what is held stays."""
    peer = await reception.store.find_peer_by_actor(actor)
    if peer is not None:
        await reception.pacts.happen("they undo", peer)
        await reception.pacts.happen("they reject", peer)


async def _means_the_standing(undone: IncomingObject, peer: Peer, reception: Reception) -> bool:
    """By the id it names; a whole Follow with an id never heard of means the pair."""
    if undone.id is not None and str(undone.id) == peer.their_follow:
        return True
    if undone.object is None:
        return False
    named = None if undone.id is None else stored_under(ActivityId(undone.id), ActorId(peer.actor))
    return named is None or not await reception.store.has_received(f"{named} ")
