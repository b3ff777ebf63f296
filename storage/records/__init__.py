"""Every noun we remember, as frozen values; change makes a new one with `dataclasses.replace`.

Times are aware UTC datetimes with at most microseconds. Bodies are exact bytes, never re-encoded.
"""

from __future__ import annotations

from storage.records.people import (
    CommentState,
    Follower,
    FollowerState,
    Following,
    FollowingState,
    KeyKind,
    Reaction,
    ReactionKind,
    RemoteActor,
    RemoteKey,
    RemotePost,
    Report,
)
from storage.records.publishing import (
    Activity,
    ActorKind,
    Boost,
    Charter,
    Entry,
    LocalActor,
    Pin,
    PlacedEntry,
    Post,
    Union,
)
from storage.records.queues import (
    ClaimedReceived,
    Delivery,
    DeliveryResult,
    DeliveryState,
    HostHealth,
    HostScheme,
    NewDelivery,
    QueueSummary,
    Received,
    Scheme,
)

__all__ = [
    "Activity",
    "ActorKind",
    "Boost",
    "Charter",
    "ClaimedReceived",
    "CommentState",
    "Delivery",
    "DeliveryResult",
    "DeliveryState",
    "Entry",
    "Follower",
    "FollowerState",
    "Following",
    "FollowingState",
    "HostHealth",
    "HostScheme",
    "KeyKind",
    "LocalActor",
    "NewDelivery",
    "Pin",
    "PlacedEntry",
    "Post",
    "QueueSummary",
    "Reaction",
    "ReactionKind",
    "Received",
    "RemoteActor",
    "RemoteKey",
    "RemotePost",
    "Report",
    "Scheme",
    "Union",
]
