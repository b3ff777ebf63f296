"""Say something to everybody: an object in an activity, each signed by the actor whose words they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from federation.activitystreams.render import public_activity
from federation.strictjson import JsonObject
from node.context import Node
from storage.ids import ActorId


def speak(
    type: str,
    *,
    actor: ActorId,
    object: JsonObject,
    serial: str,
    at: datetime,
    mentioned: Sequence[ActorId] = (),
    node: Node,
) -> JsonObject:
    """The public activity `serial` about an unsigned object, both with the actor's proof; `VaultError` without keys."""
    signer = node.signers.signer(actor)
    activity = public_activity(
        type,
        id=node.locations.activity(serial),
        actor=actor,
        object=signer.prove(object, at),
        published=at,
        mentioned=mentioned,
    )
    return signer.prove(activity, at)
