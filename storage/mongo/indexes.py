"""Every index, by collection: what each serves stands beside the verbs that need it.

Keys that must be unique begin with, or are, the shard key of their collection (`deploy/SCALING.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

UP: Final = 1
DOWN: Final = -1


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


"""Collections without an entry of their own need but their `_id`."""
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
    "cursors": (),
    "counters": (),
    "charters": (),
    "unions": (),
    "jobs": (),
    "news": (),
    "processes": (),
    "spending": (Index(("keep_until",)),),
}
