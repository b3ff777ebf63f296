"""What a union says, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.ids import ActivityId, ActorId, Did, Digest, ObjectId

ActorKind = Literal["instance", "union", "campaign", "wire"]


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

    @property
    def is_voice(self) -> bool:
        """Whether organisers speak as this actor, and its document stands in the record: the union's and campaigns'."""
        return self.kind in ("union", "campaign")


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
class MediaFile:
    """A file we serve: what it is, and the size it must have. Width and height are pixels, size is bytes."""

    digest: Digest
    media_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of an update, with a small one for pages where that saves something."""

    file: MediaFile
    preview: MediaFile | None
    blurhash: str
    alt: str
    """What it shows, for those who do not see it; empty when it is decoration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """That one of our actors passes something on, of ours or of others: derived from the log."""

    activity: ActivityId
    """Our Announce."""
    actor: ActorId
    object: ObjectId
    serial: str
    """The decimal number that ends the activity's id: its place among updates by time."""
    boosted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """That an update stands on top of its actor's page: derived from the log."""

    object: ObjectId
    actor: ActorId
    activity: ActivityId
    """Our Add."""
    place: int
    """Where the log says so; the newest pin stands first."""


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
    pictures: tuple[Picture, ...] = ()
    """In order; none once retracted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveActor:
    """Add an actor of ours, or replace the one of its id."""

    actor: LocalActor


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePost:
    """Add or replace the row of an update."""

    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class AddBoost:
    """Keep a boost, unless one stands in its way."""

    boost: Boost


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveBoost:
    """Take a boost away, if it stands."""

    activity: ActivityId


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePin:
    """Add or replace the pin of an update."""

    pin: Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePin:
    """Take an update off the top, if it is there."""

    object: ObjectId


PageChange = SaveActor | SavePost | AddBoost | RemoveBoost | SavePin | RemovePin
"""What an entry of the record changes about pages."""
