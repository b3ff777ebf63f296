"""Every index, by collection: what each serves stands beside the verbs that need it.

Keys that must be unique begin with, or are, the shard key of their collection (`deploy/SCALING.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pymongo import IndexModel


@dataclass(frozen=True, slots=True)
class Index:
    """One index: its fields, each upwards, and what else is said of it."""

    fields: tuple[str, ...]
    unique: bool = False
    where: Mapping[str, object] = field(default_factory=dict)
    """Only documents that match are in it; `$eq`, `$gt` and `$exists` are all that MongoDB allows here."""

    @property
    def name(self) -> str:
        """Stable, so that making it again changes nothing."""
        return "_".join(self.fields)

    def model(self) -> IndexModel:
        """As the server is told of it."""
        options = {"partialFilterExpression": dict(self.where)} if self.where else {}
        return IndexModel([(field, 1) for field in self.fields], name=self.name, unique=self.unique, **options)


_WAITING: Final = {"state": "waiting"}

INDEXES: Final[Mapping[str, tuple[Index, ...]]] = {
    "actors": (Index(("handle",), unique=True),),
    "activities": (Index(("created_at", "_id")),),
    "entries": (Index(("activity",), unique=True), Index(("object", "_id"))),
    "posts": (
        Index(("retracted_at", "serial")),
        Index(("actor", "retracted_at", "serial")),
        Index(("shown_tags", "serial")),
        Index(("digests",)),
    ),
    "boosts": (Index(("object", "actor"), unique=True), Index(("serial",)), Index(("actor", "serial"))),
    "pins": (Index(("actor", "place")),),
    "followers": (
        Index(("actor", "follows")),
        Index(("follows", "actor")),
        Index(("follows", "state", "delivery_inbox")),
        Index(("delivery_inbox", "actor")),
        Index(("at_home", "delivery_inbox")),
    ),
    "following": (Index(("actor", "asked_at")), Index(("activity",)), Index(("follows", "state"))),
    "reactions": (Index(("object", "kind")), Index(("actor", "activity"))),
    "reports": (Index(("received_at", "id")), Index(("actor", "received_at")), Index(("id",))),
    "blocks": (),
    "remote_actors": (
        Index(("fetched_at", "_id")),
        Index(("address", "_id")),
        Index(("inbox", "_id")),
        Index(("shared_inbox", "_id")),
    ),
    "remote_keys": (Index(("owner", "place")), Index(("id", "owner"))),
    "remote_posts": (
        Index(("id", "received_at", "actor")),
        Index(("actor", "received_at")),
        Index(("url",)),
        Index(("in_timeline", "published_at", "id")),
        Index(("in_timeline", "comment_on", "received_at", "_id")),
        Index(("received_at", "id"), where={"comment_on": {"$gt": ""}}),
        Index(("comment_state", "received_at", "id")),
        Index(("comment_state", "comment_on")),
        Index(("comment_on", "received_at", "id")),
        Index(("comment_on", "comment_state", "received_at", "id")),
        Index(("comment_on", "comment_state", "actor")),
    ),
    "remote_tombstones": (Index(("deleted_at", "_id")),),
    "media.files": (Index(("uploadDate",)),),
    "media.chunks": (Index(("files_id", "n"), unique=True),),
    "cursors": (),
    "counters": (),
    "charters": (),
    "unions": (),
    "jobs": (),
    "news": (),
    "processes": (),
    "spending": (Index(("keep_until",)),),
    "copying": (),
    "deliveries": (
        Index(("turn", "place_in_turn"), unique=True, where=_WAITING),
        Index(("in_turn", "due_at", "serial", "host"), where=_WAITING),
        Index(("host", "due_at"), where=_WAITING),
        Index(("object", "inbox")),
        Index(("activity", "serial")),
        Index(("state", "made_at")),
        Index(("state", "needed_until")),
        Index(("serial",)),
    ),
    "hosts": (Index(("resting_until", "first_failure_at")),),
    "host_schemes": (Index(("learnt_at",)),),
    "moves": (Index(("due_at",), where=_WAITING), Index(("received_at", "_id"))),
    "kept_logs": (Index(("did",)),),
    "kept_tiles": (Index(("log", "_id")),),
    "kept_leaves": (
        Index(("log", "place")),
        Index(("log", "digest", "place")),
        Index(("log", "object", "state", "type", "place")),
        Index(("log", "object", "type", "place"), where={"type": "Delete"}),
        Index(("log", "type", "object", "place"), where={"type": "Update"}),
        Index(("log", "changed_at", "object"), where={"state": "hidden"}),
        Index(("log", "object", "is_standing", "place"), where={"is_standing": 1}),
        Index(("log", "kept_at")),
        Index(("log", "state", "place"), where={"state": "wanted"}),
        Index(("changed_at",), where={"state": "hidden"}),
        Index(("log", "is_standing", "state", "place"), where={"is_standing": 1}),
        Index(("log", "actor", "is_standing", "state", "place"), where={"is_standing": 1}),
        Index(("log", "profile_of", "place"), where={"profile_of": {"$gt": ""}}),
    ),
    "kept_bodies": (Index(("log",)),),
    "receipts": (Index(("log",)),),
    "peers": (Index(("actor", "added_at")), Index(("added_at", "did"))),
    "evidence": (Index(("found_at", "did", "digest")), Index(("did", "found_at", "digest"))),
    "retractions": (Index(("did", "kept_at", "object")),),
    "withheld": (Index(("did", "object")),),
    "held_media": (
        Index(("digest", "did")),
        Index(("is_held", "digest", "did")),
        Index(("did", "digest")),
        Index(("did", "is_held", "digest")),
    ),
    "received": (
        Index(("received_at", "place", "due_at", "actor"), where=_WAITING),
        Index(("due_at",), where=_WAITING),
        Index(("lease", "due_at"), where={**_WAITING, "lease": {"$gt": ""}}),
        Index(("state", "received_at")),
    ),
}
