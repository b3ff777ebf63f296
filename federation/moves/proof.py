"""Whether a Move is true: the target, as its own host shows it now, must name the mover as its former self."""

from __future__ import annotations

from datetime import datetime

from federation.activitystreams.parse import read_id, read_ids
from federation.activitystreams.remote_actor import parse_actor
from federation.errors import BadAnswer, NotMoved
from federation.resolver import Resolver
from storage.records import Move, RemoteActor


async def prove_move(move: Move, resolver: Resolver, now: datetime) -> RemoteActor:
    """The target's actor; `NotMoved` when it does not list the mover in `alsoKnownAs`, or has moved on itself.

    Raises what `Resolver.document` raises; `ForbiddenAddress` for a target on our own host.
    """
    document = await resolver.document(move.target, fresh=True)
    target = parse_actor(document, now)
    if target.id != move.target:
        raise BadAnswer("The target of the Move shows another actor.")
    if move.actor not in read_ids(document.get("alsoKnownAs")):
        raise NotMoved(f"{move.target} does not say that it was {move.actor} before.")
    if read_id(document.get("movedTo")) not in (None, move.target):
        raise NotMoved(f"{move.target} has moved on itself.")
    return target
