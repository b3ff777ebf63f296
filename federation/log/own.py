"""Our own logged documents, read back into rows. Their bytes are ours, so a surprise here is damage, not an attack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from federation.activitystreams.parse import read_ids, read_time
from federation.activitystreams.pictures import read_pictures
from federation.errors import NotActivity
from federation.locations import actor_featured, serial_of
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActorId
from storage.records import Activity, Boost, Pin, PlacedEntry, Post


def read_document(body: bytes) -> JsonObject:
    """The document in bytes we wrote ourselves."""
    return cast(JsonObject, json.loads(body))


def embedded_object(document: JsonObject) -> JsonObject:
    """The whole object of an activity of ours; `NotActivity` when it holds only an id."""
    embedded = document.get("object")
    if not isinstance(embedded, dict):
        raise NotActivity("A logged activity carries no object.")
    return embedded


def read_post(placed: PlacedEntry, activity: Activity) -> Post:
    """The page row of a logged Create or Update of a Note."""
    note = embedded_object(read_document(activity.body))
    source, languages = note.get("source"), note.get("contentMap")
    return Post(
        id=placed.entry.object,
        actor=placed.entry.actor,
        serial=serial_of(placed.entry.object),
        activity=activity.id,
        index=placed.index,
        html=_text(note.get("content")),
        text=_text(source.get("content")) if isinstance(source, dict) else "",
        warning=_text(note["summary"]) if "summary" in note else None,
        language=next(iter(languages), None) if isinstance(languages, dict) else None,
        tags=_hashtags(note),
        published_at=read_time(note.get("published")) or placed.entry.published_at,
        updated_at=read_time(note.get("updated")),
        retracted_at=None,
        body=canonical(note),
        pictures=read_pictures(note),
    )


def read_purged(placed: PlacedEntry) -> Post:
    """The row of a version whose bytes are gone, because a later entry put an end to it: what the entry alone tells."""
    entry = placed.entry
    return Post(
        id=entry.object,
        actor=entry.actor,
        serial=serial_of(entry.object),
        activity=entry.activity,
        index=placed.index,
        html="",
        text="",
        warning=None,
        language=None,
        tags=(),
        published_at=entry.published_at,
        updated_at=None,
        retracted_at=None,
        body=b"",
    )


def retracted(post: Post, placed: PlacedEntry, activity: Activity) -> Post:
    """The row of an update that a logged Delete took back: nothing of its words remains in it."""
    return replace(
        post,
        activity=activity.id,
        html="",
        text="",
        warning=None,
        language=None,
        tags=(),
        retracted_at=placed.entry.published_at,
        pictures=(),
        body=canonical(embedded_object(read_document(activity.body))),
    )


def read_boost(placed: PlacedEntry) -> Boost:
    """The row of a logged Announce."""
    entry = placed.entry
    return Boost(
        activity=entry.activity,
        actor=entry.actor,
        object=entry.object,
        serial=serial_of(entry.activity),
        boosted_at=entry.published_at,
    )


def find_pin(placed: PlacedEntry, activity: Activity) -> Pin | None:
    """What a logged Add or Remove says about the pins of its actor; None when it is about another collection."""
    entry = placed.entry
    if read_document(activity.body).get("target") != actor_featured(entry.actor):
        return None
    return Pin(object=entry.object, actor=entry.actor, activity=entry.activity, place=placed.index)


def read_addressed(body: bytes) -> tuple[ActorId, ...]:
    """Whom a logged activity names beside everybody: those mentioned, or the author of what is boosted."""
    return tuple(ActorId(id) for id in read_ids(read_document(body).get("cc")))


def _hashtags(note: JsonObject) -> tuple[str, ...]:
    return tuple(name.removeprefix("#").lower() for name in _tag_field(note, "Hashtag", "name"))


def _tag_field(note: JsonValue, type: str, field: str) -> list[str]:
    tags = note.get("tag") if isinstance(note, dict) else None
    found = (
        [tag.get(field) for tag in tags if isinstance(tag, dict) and tag.get("type") == type]
        if isinstance(tags, list)
        else []
    )
    return [value for value in found if isinstance(value, str)]


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise NotActivity("A logged note lacks a text field that every one of ours has.")
    return value
