"""Every noun we remember, as frozen values; change makes a new one with `dataclasses.replace`.

Times are aware UTC datetimes with at most microseconds. Bodies are exact bytes, never re-encoded.
"""

from __future__ import annotations

from storage.records.people import (
    Block,
    BlockKind,
    CommentState,
    Cut,
    Follower,
    FollowerState,
    Following,
    FollowingState,
    KeyKind,
    Move,
    MoveState,
    Person,
    Reaction,
    ReactionKind,
    RemoteActor,
    RemoteKey,
    RemotePost,
    Report,
)
from storage.records.publishing import Activity, ActorKind, Charter, Entry, LocalActor, PlacedEntry, Post, Union
from storage.records.queues import (
    ClaimedReceived,
    Delivery,
    DeliveryResult,
    DeliveryState,
    HostHealth,
    HostScheme,
    NewDelivery,
    Received,
    Scheme,
)

__all__ = [
    "Activity",
    "ActorKind",
    "Block",
    "BlockKind",
    "Charter",
    "ClaimedReceived",
    "CommentState",
    "Cut",
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
    "Move",
    "MoveState",
    "NewDelivery",
    "Person",
    "PlacedEntry",
    "Post",
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
