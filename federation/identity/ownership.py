"""May they say it? The one place that judges who owns what (refusals, rule 1)."""

from __future__ import annotations

from typing import Final

from federation.activitystreams.model import IncomingActivity, IncomingObject
from federation.activitystreams.remote_actor import ACTOR_TYPES
from federation.addresses import same_origin
from federation.errors import NotTheOwner, NotTheSigner
from storage.ids import ActorId

_ABOUT_ONES_OWN: Final = frozenset({"Create", "Update", "Delete", "Undo"})
"""Activities that change what their actor owns. In all others only the object's id is used: nothing can be forged."""


def judge(activity: IncomingActivity, signer: ActorId) -> None:
    """Raise unless the signer may make this statement.

    `NotTheSigner` when somebody else is the activity's actor; `NotTheOwner` when the activity's id, or the object it
    creates, changes, deletes or undoes, is not the signer's.
    """
    if activity.actor != signer:
        raise NotTheSigner(f"Signed by {signer}, but the activity speaks for {activity.actor}.")
    if not same_origin(activity.id, signer):
        raise NotTheOwner(f"{signer} may not name an activity {activity.id}: it lies on another host.")
    if activity.object is not None and activity.type in _ABOUT_ONES_OWN:
        _judge_object(activity, activity.object)


def _judge_object(activity: IncomingActivity, object: IncomingObject) -> None:
    if object.id is not None and not same_origin(object.id, activity.actor):
        raise NotTheOwner(f"{activity.actor} may not {activity.type} {object.id}: it lies on another host.")
    if object.author is not None and object.author != activity.actor:
        raise NotTheOwner(f"{activity.actor} may not {activity.type} what {object.author} wrote.")
    if object.actor is not None and object.actor != activity.actor:
        raise NotTheOwner(f"{activity.actor} may not {activity.type} what {object.actor} did.")
    if object.type in ACTOR_TYPES and not activity.is_about_itself:
        raise NotTheOwner(f"{activity.actor} may not {activity.type} another actor of its host.")
