"""Say something to everybody: an object in an activity, each signed by the actor whose words they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from federation.activitystreams.render import public_activity
from federation.strictjson import JsonObject, JsonValue
from node.context import Node
from storage.ids import ActorId


def speak(
    type: str,
    *,
    actor: ActorId,
    object: JsonValue,
    serial: str,
    at: datetime,
    mentioned: Sequence[ActorId] = (),
    target: str | None = None,
    node: Node,
) -> JsonObject:
    """The public activity `serial` with the actor's proof; an object that is embedded unsigned gets one too.

    `VaultError` without keys.
    """
    signer = node.signers.signer(actor)
    if isinstance(object, dict) and "proof" not in object:
        object = signer.prove(object, at)
    activity = public_activity(
        type,
        id=node.locations.activity(serial),
        actor=actor,
        object=object,
        published=at,
        mentioned=mentioned,
        target=target,
    )
    return signer.prove(activity, at)
