"""From a checked document to its meaning, tolerant of every spelling servers use.

One or many, id or object, link or list: all are accepted where ActivityStreams allows them. What cannot be
understood becomes None; what must be there and is not raises `NotActivity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from federation.activitystreams.audience import is_public
from federation.activitystreams.kinds import OBJECT_KINDS
from federation.activitystreams.model import IncomingActivity, IncomingObject
from federation.activitystreams.spelling import respelled
from federation.errors import NotActivity
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActivityId, ActorId, ObjectId

_LONGEST_ID = 2048


def parse_activity(document: JsonObject) -> IncomingActivity:
    """The meaning of an activity document; `NotActivity` without id, type or actor."""
    document = respelled(document)
    id, actor, kind = read_id(document.get("id")), read_id(document.get("actor")), _word(document.get("type"))
    if id is None or actor is None or kind is None:
        raise NotActivity("The activity names no id, type or actor, so nobody can answer for it.")
    return IncomingActivity(
        id=ActivityId(id),
        type=kind,
        actor=ActorId(actor),
        object=_parse_object(document.get("object"), document),
        is_public=_is_addressed_to_all(document),
        published_at=read_time(document.get("published")),
    )


def parse_object(document: JsonObject) -> IncomingObject:
    """The meaning of a document that is a thing and no activity."""
    return _parse_embedded(document, document)


def read_id(value: JsonValue) -> str | None:
    """The id in an id, an object with an id, or the first of a list; None when there is none."""
    if isinstance(value, str):
        return value if 0 < len(value) <= _LONGEST_ID else None
    if value is None:
        return None
    match value:
        case {"id": str() as id} if 0 < len(id) <= _LONGEST_ID:
            return id
        case {"type": "Link", "href": str() as href} if 0 < len(href) <= _LONGEST_ID:
            return href
        case [first, *_]:
            return read_id(first) if not isinstance(first, list) else None
        case _:
            return None


def read_ids(value: JsonValue) -> tuple[str, ...]:
    """Every id in one value or a list of them."""
    if value is None:
        return ()
    values = value if isinstance(value, list) else [value]
    return tuple([id for id in map(read_id, values) if id is not None])


def read_time(value: JsonValue) -> datetime | None:
    """An aware UTC time from an RFC 3339 string; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_object(value: JsonValue, around: Mapping[str, JsonValue]) -> IncomingObject | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        return _parse_embedded(value, around)
    id = read_id(value)
    return None if id is None else _bare_link(ObjectId(id))


def _parse_embedded(document: Mapping[str, JsonValue], around: Mapping[str, JsonValue]) -> IncomingObject:
    """An embedded object; one that names nobody it is for is for whom the activity around it is (ActivityPub §6.2)."""
    id = read_id(document.get("id"))
    addressed = document if "to" in document or "cc" in document else around
    return IncomingObject(
        id=None if id is None else ObjectId(id),
        embedded=True,
        type=_word(document.get("type")),
        author=_only_actor(document.get("attributedTo")),
        actor=_only_actor(document.get("actor")),
        object=_only_object(document.get("object")),
        name=read_text(document, "name"),
        content=read_text(document, "content"),
        summary=read_text(document, "summary"),
        url=first_url(document.get("url")),
        in_reply_to=_only_object(document.get("inReplyTo")),
        is_public=_is_addressed_to_all(addressed),
        published_at=read_time(document.get("published")),
        updated_at=read_time(document.get("updated")),
        document=document,
    )


def _bare_link(id: ObjectId) -> IncomingObject:
    return IncomingObject(
        id=id,
        embedded=False,
        type=None,
        author=None,
        actor=None,
        object=None,
        name=None,
        content=None,
        summary=None,
        url=None,
        in_reply_to=None,
        is_public=False,
        published_at=None,
        updated_at=None,
    )


def _only_actor(value: JsonValue) -> ActorId | None:
    ids = read_ids(value)
    return ActorId(ids[0]) if len(ids) == 1 else None


def _only_object(value: JsonValue) -> ObjectId | None:
    ids = read_ids(value)
    return ObjectId(ids[0]) if len(ids) == 1 else None


def _is_addressed_to_all(document: Mapping[str, JsonValue]) -> bool:
    return is_public(read_ids(document.get("to")), read_ids(document.get("cc")))


def read_text(document: Mapping[str, JsonValue], name: str) -> str | None:
    """A text, or the first of its language map (`contentMap`, `nameMap` …) where it stands only there."""
    value, by_language = document.get(name), document.get(f"{name}Map")
    if value is None and isinstance(by_language, dict):
        return next((text for text in by_language.values() if isinstance(text, str)), None)
    return value if isinstance(value, str) else None


def first_url(value: JsonValue) -> str | None:
    """A page address out of the shapes `url` comes in: text, a Link, or a list with an HTML one in it."""
    if isinstance(value, list):
        pages = [item for item in value if isinstance(item, dict) and item.get("mediaType") == "text/html"]
        return first_url((pages or value)[0]) if value and not isinstance(value[0], list) else None
    if isinstance(value, dict):
        value = value.get("href")
    return value if isinstance(value, str) and len(value) <= _LONGEST_ID else None


def _word(value: JsonValue) -> str | None:
    """The name in a `type`: of many the first that we show something of, or else the first."""
    if isinstance(value, list):
        words = [item for item in value if isinstance(item, str)]
        value = next((word for word in words if word in OBJECT_KINDS), next(iter(words), None))
    return value if isinstance(value, str) and 0 < len(value) <= 64 else None
