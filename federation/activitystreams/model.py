"""What an activity from outside means, once parsed: the only form the rest of the house sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from federation.strictjson import JsonValue
from storage.ids import ActivityId, ActorId, ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingObject:
    """The thing acted on. Only `id` is certain when it came as a bare link; `embedded` tells."""

    id: ObjectId | None
    embedded: bool
    type: str | None
    author: ActorId | None
    """`attributedTo` of a note; None when absent or more than one."""
    actor: ActorId | None
    """`actor`, when the object is itself an activity (the Follow inside an Accept or Undo)."""
    object: ObjectId | None
    """`object` of that inner activity."""
    name: str | None
    content: str | None
    """HTML as sent, not yet sanitised."""
    summary: str | None
    url: str | None
    in_reply_to: ObjectId | None
    is_public: bool
    published_at: datetime | None
    updated_at: datetime | None
    document: Mapping[str, JsonValue] = field(default_factory=dict, repr=False)
    """As it came, for `readable` to make text of; empty for a bare link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingActivity:
    """One activity from outside."""

    id: ActivityId
    type: str
    actor: ActorId
    object: IncomingObject | None
    is_public: bool
    published_at: datetime | None = None

    @property
    def is_about_itself(self) -> bool:
        """Whether the actor acts on itself: its own document, or its own end."""
        return self.object is not None and self.object.id is not None and str(self.object.id) == str(self.actor)
