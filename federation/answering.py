"""Letters about who follows us: the Accept, and the Reject of a Follow that waits or was accepted before."""

from __future__ import annotations

import hashlib
from datetime import datetime

from federation.delivery.send import Letter, about_pair
from federation.strictjson import JsonValue
from storage.ids import ActivityId, next_serial
from storage.records import Follower


def acceptance(follower: Follower, *, answered_at: datetime) -> Letter:
    """The Accept of a kept Follow; for the same Follow and time always the same one."""
    return _answer("Accept", follower, answered_at)


def rejection(follower: Follower, *, answered_at: datetime) -> Letter:
    """The Reject of a kept Follow, waiting or accepted before."""
    return _answer("Reject", follower, answered_at)


def _answer(type: str, follower: Follower, answered_at: datetime) -> Letter:
    return Letter(
        type=type,
        serial=_serial(follower.activity, answered_at),
        sender=follower.follows,
        recipient=follower.actor,
        inbox=follower.inbox,
        object=_the_follow(follower),
        about=about_pair(follower.follows, follower.actor),
    )


def _the_follow(follower: Follower) -> JsonValue:
    """The whole Follow, because some servers look inside instead of at its id."""
    return {"id": follower.activity, "type": "Follow", "actor": follower.actor, "object": follower.follows}


def _serial(follow: ActivityId, answered_at: datetime) -> str:
    """A number by time and by the Follow's id instead of chance, so that a repeated effect finds its own letter."""
    mark = int.from_bytes(hashlib.sha256(follow.encode()).digest()[:2])
    return next_serial(answered_at, lambda _bits: mark)
