"""Every noun we remember, as frozen values; change makes a new one with `dataclasses.replace`.

Times are aware UTC datetimes with at most microseconds. Bodies are exact bytes, never re-encoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.ids import ActivityId, ActorId, Did, Host, InboxUrl, KeyId, Lease, ObjectId

ActorKind = Literal["instance", "union", "campaign"]
FollowerState = Literal["waiting", "accepted"]
FollowingState = Literal["asked", "accepted", "refused"]
DeliveryState = Literal["waiting", "delivered", "dead", "cancelled"]
ReceivedState = Literal["waiting", "done", "failed"]
CommentState = Literal["held", "shown", "hidden"]
ReactionKind = Literal["like", "share"]
KeyKind = Literal["rsa", "ed25519"]
Scheme = Literal["cavage", "rfc9421"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """Whose store this is: one row, written once by `init`."""

    did: Did
    name: str
    url: str
    """Base URL without a trailing slash; every id of ours starts with it."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """A root-signed statement of a union's current keys and homes, as its exact bytes."""

    did: Did
    epoch: int
    digest: str
    """Multibase multihash of the document without its proof."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalActor:
    """One of our own actors. Its private keys are in the home folder, never here."""

    id: ActorId
    handle: str
    kind: ActorKind
    type: str
    """ActivityStreams type: Person, Organization or Application."""
    name: str
    summary: str
    """Plain text or Markdown, as the organiser wrote it."""
    rsa_public_pem: str
    ed25519_multibase: str
    approves_followers: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One numbered place of the union's record: the commitment to a public activity, and who it concerns.

    `commitment` is the RFC 8785 form of {activity, digest, object, published, type}: the log's leaf.
    """

    activity: ActivityId
    actor: ActorId
    type: str
    object: ObjectId
    published_at: datetime
    commitment: bytes

    @property
    def is_profile(self) -> bool:
        """Whether it is about its own actor's document, not about an update."""
        return str(self.object) == str(self.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEntry:
    """An entry with its place: 0 is the first."""

    index: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An activity of ours, public or not: its exact signed bytes and the key its deliveries are ordered by."""

    id: ActivityId
    actor: ActorId
    type: str
    object: ObjectId
    body: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An update as readers see it: derived from the log, so it can be dropped and made again."""

    id: ObjectId
    actor: ActorId
    serial: str
    """The decimal number that ends the id and the page address."""
    activity: ActivityId
    """The activity that made the present version."""
    index: int
    """Place of the first version in the log."""
    html: str
    text: str
    """The organiser's Markdown; empty once retracted."""
    warning: str | None
    language: str | None
    tags: tuple[str, ...]
    """Hashtags without `#`, lower case."""
    published_at: datetime
    updated_at: datetime | None
    retracted_at: datetime | None
    body: bytes
    """The object's exact signed bytes as ActivityStreams; a Tombstone once retracted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Somebody who follows one of our actors. Seen by organisers only."""

    actor: ActorId
    follows: ActorId
    """Our actor."""
    activity: ActivityId
    """The Follow as its author named it; Accept and Undo speak of it."""
    inbox: InboxUrl
    shared_inbox: InboxUrl | None
    state: FollowerState
    since: datetime

    @property
    def delivery_inbox(self) -> InboxUrl:
        """Where deliveries go: the shared inbox first, so that one request serves a whole server."""
        return self.shared_inbox or self.inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Somebody one of our actors follows, or has asked to."""

    actor: ActorId
    """Our actor."""
    follows: ActorId
    """The remote actor."""
    activity: ActivityId
    """Our Follow; an Accept or Reject names it."""
    inbox: InboxUrl
    state: FollowingState
    asked_at: datetime


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteKey:
    """A public key some remote actor's own document shows."""

    id: KeyId
    owner: ActorId
    kind: KeyKind
    public: str
    """PEM (SubjectPublicKeyInfo) for RSA, multibase for Ed25519."""
    fetched_at: datetime

    @property
    def is_named_after_its_owner(self) -> bool:
        """Whether its id lies at or below its owner's, where no neighbour's keys belong."""
        return str(self.id) == str(self.owner) or self.id.startswith((f"{self.owner}#", f"{self.owner}/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActor:
    """What we keep of somebody else's actor document."""

    id: ActorId
    type: str
    handle: str
    """`preferredUsername`, without host."""
    name: str
    url: str
    inbox: InboxUrl
    shared_inbox: InboxUrl | None
    keys: tuple[RemoteKey, ...]
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePost:
    """A note by somebody else: in our timeline because we follow its author, or a reply to an update of ours."""

    id: ObjectId
    actor: ActorId
    type: str
    html: str
    """Sanitised."""
    warning: str | None
    url: str
    in_reply_to: ObjectId | None
    """Set for every reply, ours or not."""
    comment_on: ObjectId | None
    """The update of ours it replies to, if it does."""
    comment_state: CommentState | None
    in_timeline: bool
    is_public: bool
    published_at: datetime
    updated_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """That somebody likes an update of ours, or passed it on; (object, kind, actor) is its key."""

    object: ObjectId
    """Our update."""
    kind: ReactionKind
    actor: ActorId
    activity: ActivityId
    """The Like or Announce as its author named it; an Undo may speak of it."""
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """That somebody complains about something of ours (a Flag). Seen by organisers only."""

    id: ActivityId
    actor: ActorId
    """Whose key signed it; for many servers the server's own actor, whoever complained."""
    objects: tuple[str, ...]
    """Ids of what it is about, not all of them ours."""
    text: str
    """Plain, as written; empty without a reason."""
    received_at: datetime
