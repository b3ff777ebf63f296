"""The documents we send, before they are signed. Pure: ids and times come in, a document goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.activitystreams.audience import PUBLIC
from federation.activitystreams.contexts import ACTIVITY, ACTIVITYSTREAMS, DATA_INTEGRITY, WITH_PICTURES
from federation.locations import actor_followers
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from storage.ids import ActivityId, ActorId, ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody named in an update."""

    actor: ActorId
    address: str
    """`@user@host`, as people write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashtag:
    """A word to be found by; `name` without `#`."""

    name: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteText:
    """What an update says."""

    html: str
    source: str
    """The organiser's Markdown."""
    warning: str | None
    language: str | None
    mentions: tuple[Mention, ...]
    hashtags: tuple[Hashtag, ...]
    pictures: tuple[JsonObject, ...] = ()
    """As `pictures.attachment` writes them."""


def note(
    *,
    id: ObjectId,
    author: ActorId,
    page: str,
    text: NoteText,
    published: datetime,
    updated: datetime | None,
) -> JsonObject:
    """A public Note (ActivityStreams vocabulary §3.3), with the fields Mastodon reads."""
    document: JsonObject = {
        "@context": list(ACTIVITY),
        "id": id,
        "type": "Note",
        "attributedTo": author,
        "content": text.html,
        "source": {"content": text.source, "mediaType": "text/markdown"},
        "published": rfc3339(published),
        "url": page,
        "sensitive": text.warning is not None,
        "tag": [*map(_mention, text.mentions), *map(_hashtag, text.hashtags)],
        **_public_audience(author, [mention.actor for mention in text.mentions]),
    }
    if text.warning is not None:
        document["summary"] = text.warning
    if text.language is not None:
        document["contentMap"] = {text.language: text.html}
    if text.pictures:
        document["@context"], document["attachment"] = list(WITH_PICTURES), list(text.pictures)
    if updated is not None:
        document["updated"] = rfc3339(updated)
    return document


def public_activity(
    type: str,
    *,
    id: ActivityId,
    actor: ActorId,
    object: JsonValue,
    published: datetime,
    mentioned: Sequence[ActorId] = (),
    target: str | None = None,
) -> JsonObject:
    """A public activity (ActivityPub §6): to everybody, the followers and those mentioned; Add has a `target`."""
    return {
        **_activity(type, id=id, actor=actor, object=object),
        **({} if target is None else {"target": target}),
        "published": rfc3339(published),
        **_public_audience(actor, mentioned),
    }


def private_activity(type: str, *, id: ActivityId, actor: ActorId, object: JsonValue, to: ActorId) -> JsonObject:
    """A Follow, Undo, Accept or Reject: from one actor to one other, never logged."""
    return {**_activity(type, id=id, actor=actor, object=object), "to": [to]}


def tombstone(*, id: ObjectId, deleted: datetime) -> JsonObject:
    """What stands where a Note stood (vocabulary §3.4)."""
    return {
        "@context": list(ACTIVITY),
        "id": id,
        "type": "Tombstone",
        "formerType": "Note",
        "deleted": rfc3339(deleted),
    }


def _activity(type: str, *, id: ActivityId, actor: ActorId, object: JsonValue) -> JsonObject:
    return {
        "@context": [ACTIVITYSTREAMS, DATA_INTEGRITY],
        "id": id,
        "type": type,
        "actor": actor,
        "object": object,
    }


def _public_audience(author: ActorId, mentioned: Sequence[ActorId]) -> JsonObject:
    return {"to": [PUBLIC], "cc": [actor_followers(author), *mentioned]}


def _mention(mention: Mention) -> JsonValue:
    return {"type": "Mention", "href": mention.actor, "name": mention.address}


def _hashtag(hashtag: Hashtag) -> JsonValue:
    return {"type": "Hashtag", "href": hashtag.page, "name": f"#{hashtag.name}"}
