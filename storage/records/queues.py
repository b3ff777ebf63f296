"""Work that waits: deliveries, hosts, and what came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.ids import ActivityId, ActorId, Host, InboxUrl, Lease, ObjectId

DeliveryState = Literal["waiting", "delivered", "dead", "cancelled"]
Scheme = Literal["cavage", "rfc9421"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One activity to bring to one inbox; the pair is its key."""

    activity: ActivityId
    inbox: InboxUrl
    host: Host
    actor: ActorId
    """Our actor, whose key signs the request."""
    object: ObjectId
    """Deliveries of one object to one inbox go in the order they were made."""
    type: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Only while the reader `name` of the record stands at `place`."""

    name: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as it stands."""

    serial: int
    """The store's own order of making; larger is later."""
    activity: ActivityId
    inbox: InboxUrl
    host: Host
    actor: ActorId
    object: ObjectId
    type: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    """When it may next be claimed; while it is claimed, when the claim lapses."""
    made_at: datetime
    first_failed_at: datetime | None
    gone_answers: int
    """How many times in a row the inbox answered 404 or 410."""
    error: str | None
    """Why the last attempt failed, a short sentence without addresses or bodies."""
    lease: Lease | None
    first_refused_at: datetime | None = None
    """When the inbox first answered 401 or 403."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What became of a claimed delivery. `due_at` counts only while the state is `waiting`."""

    serial: int
    lease: Lease
    state: DeliveryState
    due_at: datetime
    attempts: int
    first_failed_at: datetime | None
    gone_answers: int
    error: str | None
    first_refused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSummary:
    """The queue outwards in a few numbers."""

    waiting: int
    resting: int
    """Those of them that wait for a host that rests."""
    resting_hosts: int
    oldest_made_at: datetime | None
    """When the oldest that waits was made."""
    dead: int
    """Given up, of those made lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHealth:
    """How a host has answered lately; a host without a row is healthy."""

    host: Host
    failures: int
    """Failures since `first_failure_at`, or since the last probe."""
    first_failure_at: datetime
    rests: int
    """How many rests it has had in a row; each is longer than the one before."""
    resting_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostScheme:
    """How requests to a host are signed; one without a row is sent what everybody understands."""

    host: Host
    scheme: Scheme
    learnt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A verified activity from outside, stored once and waiting for its effect."""

    id: ActivityId
    actor: ActorId
    type: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedReceived:
    """A received activity in a worker's hands."""

    received: Received
    attempts: int
    """Attempts before this one."""
    lease: Lease
