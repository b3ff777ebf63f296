"""People elsewhere: who follows, who is followed, what they said."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from storage.ids import ActivityId, ActorId, InboxUrl, KeyId, ObjectId

FollowerState = Literal["waiting", "accepted"]
FollowingState = Literal["asked", "accepted", "refused"]
CommentState = Literal["held", "shown", "hidden"]
ReactionKind = Literal["like", "share"]
KeyKind = Literal["rsa", "ed25519"]
BlockKind = Literal["actor", "address", "host"]
MoveState = Literal["waiting", "done", "failed"]


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
    """As its author says."""
    received_at: datetime
    changed_at: datetime | None = None
    """When we last took other words for it from its author."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """That we want nothing to do with somebody; `target` is its key. Seen by organisers only."""

    target: str
    """An actor's id, an address `who@host` in lower case, or a host, which stands for its subdomains too."""
    kind: BlockKind
    reason: str
    """As the organiser or the list gave it; often empty."""
    blocked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody else of whom anything is kept."""

    id: ActorId
    address: str | None
    """As blocks name it: `who@host` in lower case; None when only the id is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How much was cut off because its authors are blocked."""

    followers: int = 0
    following: int = 0
    comments: int = 0
    reactions: int = 0
    timeline: int = 0
    deliveries: int = 0
    pacts: int = 0

    def __add__(self, other: Cut) -> Cut:
        """Both together."""
        return Cut(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Cut)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """That an actor says it has moved; `actor` is its key."""

    actor: ActorId
    target: ActorId
    state: MoveState
    """Done: the target says so too, and what follows from it has happened."""
    attempts: int
    due_at: datetime
    """When it may next be looked into; counts only while it waits."""
    received_at: datetime
    error: str | None
    """Why it was not believed, or not yet."""
