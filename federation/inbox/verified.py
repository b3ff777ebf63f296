"""The proof that an activity may have its effect; nothing in `handlers/` can be called without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from federation.activitystreams.model import IncomingActivity
from federation.activitystreams.parse import parse_activity
from federation.strictjson import load_object
from storage.ids import ActivityId, ActorId
from storage.records import Received


def stored_under(id: ActivityId, actor: ActorId, again: str = "") -> ActivityId:
    """Under what an activity is stored once: its id and its actor, so that no neighbour can take the id.

    `again` tells apart what an actor may say several times under one id.
    """
    return ActivityId(f"{id} {actor} {again}".rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An activity whose signer, shape and ownership were checked. Made by `receive`, or from what it stored."""

    activity: IncomingActivity
    raw: bytes
    """As received, kept until the effect has happened."""
    received_at: datetime


def from_stored(received: Received) -> Verified:
    """What `receive` verified and stored, in a worker's hands again."""
    return Verified(
        activity=parse_activity(load_object(received.body)),
        raw=received.body,
        received_at=received.received_at,
    )
