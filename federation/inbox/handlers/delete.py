"""Delete (ActivityPub §7.4): a note is withdrawn, or an actor is gone."""

from __future__ import annotations

from federation.inbox.handlers.pact import hear_gone
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActorId


async def receive_delete(verified: Verified, reception: Reception) -> None:
    """Erase the note if it is the signer's; when the signer deletes itself, forget it and its follows."""
    activity = verified.activity
    if activity.object is None or activity.object.id is None:
        return
    if activity.is_about_itself:
        await _forget(activity.actor, reception)
        return
    standing = await reception.store.find_remote_post(activity.object.id, activity.actor)
    if standing is None and not reception.absences.may_remember(activity.actor, verified.received_at):
        return
    await reception.store.delete_remote_post(activity.object.id, activity.actor, now=verified.received_at)
    if standing is not None:
        reception.changed()


async def _forget(actor: ActorId, reception: Reception) -> None:
    await hear_gone(actor, reception)
    await reception.store.remove_follower_everywhere(actor)
    await reception.store.remove_following_everywhere(actor)
    reactions = await reception.store.remove_reactions_of(actor)
    await reception.store.remove_move(actor)
    known = await reception.store.remove_remote_actor(actor)
    if reactions or known:
        reception.changed()
