"""Publishing is this one step: a signed public activity takes the next place of the union's record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from federation.activitystreams.model import IncomingActivity
from federation.activitystreams.parse import parse_activity, read_time
from federation.errors import Unintelligible
from federation.keys import multihash_sha256
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject
from storage.errors import StorageError
from storage.ids import ObjectId
from storage.records import Activity, Entry
from storage.store import Log

LARGEST_ACTIVITY: Final = 60 * 1024
"""Bytes; Misskey takes inbox bodies up to 64 KiB."""
_LARGEST_COMMITMENT: Final = 4 * 1024


class TooLong(Unintelligible):
    """The activity is larger than other servers accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an activity stands, and how long the record is with it."""

    index: int
    size: int


async def append(document: JsonObject, store: Log, *, expecting: int) -> Place:
    """Append a signed activity, or find it where it already stands; durable when this returns.

    `expecting` is the size of the record when the writer began to look at what it changes. Raises `TooLong` over
    60 KiB, and `HeadMoved` when others appended since, unless it was this activity: ids come from the caller, so the
    same one never stands twice.
    """
    entry, activity = commit_to(document)
    try:
        return Place(index=expecting, size=await store.append(entry, activity, expecting=expecting))
    except StorageError:  # other bytes under this id too: whoever was faster signed them a moment apart
        standing = await store.find_entry(entry.activity)
        if standing is None:
            raise
        return Place(index=standing.index, size=await store.size())


def commit_to(document: JsonObject) -> tuple[Entry, Activity]:
    """The log's leaf and the exact bytes of a signed activity: RFC 8785 of both (protocol §3)."""
    parsed, published = parse_activity(document), read_time(document.get("published"))
    if parsed.object is None or parsed.object.id is None or published is None:
        raise Unintelligible("A public activity names what it acts on and when, or it cannot be logged.")
    body = canonical(document)
    if len(body) > LARGEST_ACTIVITY:
        raise TooLong(
            f"The update is too long for other servers. Shorten it by about {_percent_over(len(body))} %, "
            "or split it in two."
        )
    commitment = canonical(
        {
            "activity": parsed.id,
            "digest": multihash_sha256(body),
            "object": parsed.object.id,
            "published": document["published"],
            "type": parsed.type,
        }
    )
    if len(commitment) > _LARGEST_COMMITMENT:
        raise TooLong("The ids of this activity are longer than a log entry may be.")
    entry = Entry(
        activity=parsed.id,
        actor=parsed.actor,
        type=parsed.type,
        object=ObjectId(parsed.object.id),
        published_at=published,
        commitment=commitment,
    )
    return entry, _activity(entry, body, _subject(parsed) or entry.object)


def _percent_over(size: int) -> int:
    return math.ceil((size - LARGEST_ACTIVITY) * 100 / size) + 1


def _subject(parsed: IncomingActivity) -> ObjectId | None:
    """What a boost and its Undo are both about, so that they reach an inbox in order; None for anything else."""
    passed_on = None
    if parsed.object is not None:
        passed_on = {"Announce": parsed.object.id, "Undo": parsed.object.object}.get(parsed.type)
    return None if passed_on is None else ObjectId(f"{parsed.actor}#boost={passed_on}")


def _activity(entry: Entry, body: bytes, subject: ObjectId) -> Activity:
    return Activity(
        id=entry.activity,
        actor=entry.actor,
        type=entry.type,
        object=subject,
        body=body,
        created_at=entry.published_at,
    )
