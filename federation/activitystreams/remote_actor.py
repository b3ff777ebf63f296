"""Somebody else's actor document, read tolerantly: what we need must be there, the rest may be odd."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from federation.activitystreams.actor_keys import read_keys
from federation.activitystreams.parse import read_id
from federation.addresses import check_url
from federation.errors import ForbiddenAddress, NotActivity
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActorId, InboxUrl
from storage.records import RemoteActor

ACTOR_TYPES: Final = frozenset({"Person", "Group", "Organization", "Service", "Application"})
_LONGEST_NAME: Final = 500
_LONGEST_HANDLE: Final = 200


def actor_type(document: JsonObject) -> str | None:
    """Which kind of actor a document describes, the first of several; None when it is no actor."""
    value = document.get("type")
    kinds = value if isinstance(value, list) else [value]
    return next((kind for kind in kinds if isinstance(kind, str) and kind in ACTOR_TYPES), None)


def parse_actor(document: JsonObject, fetched_at: datetime) -> RemoteActor:
    """The actor a document describes; `NotActivity` when it is none or lacks an id or an inbox.

    Which of its addresses may be asked is the wire's decision; here they only have to be addresses.
    """
    id, kind = _address(document.get("id")), actor_type(document)
    if id is None or kind is None:
        raise NotActivity("The document describes no actor: it lacks an id, or its type is not that of an actor.")
    inbox = _address(document.get("inbox"))
    if inbox is None:
        raise NotActivity(f"The actor {id} shows no inbox, so nothing can be sent to it.")
    shared_inbox = _shared_inbox(document)
    return RemoteActor(
        id=ActorId(id),
        type=kind,
        handle=_text(document.get("preferredUsername"), _LONGEST_HANDLE),
        name=_text(document.get("name"), _LONGEST_NAME),
        url=_page(document.get("url")) or id,
        inbox=InboxUrl(inbox),
        shared_inbox=None if shared_inbox is None else InboxUrl(shared_inbox),
        keys=read_keys(document, ActorId(id), fetched_at),
        fetched_at=fetched_at,
    )


def _address(value: JsonValue) -> str | None:
    """The http or https URL in a value, exactly as written."""
    text = read_id(value)
    try:
        return None if text is None or not check_url(text, dev=True) else text
    except ForbiddenAddress:
        return None


def _shared_inbox(document: JsonObject) -> str | None:
    """Where ActivityPub §4.1 has it, or at the top, where Misskey repeats it."""
    endpoints = document.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    return _address(shared) or _address(document.get("sharedInbox"))


def _page(value: JsonValue) -> str | None:
    """The first address in `url`: text, a Link, or a list of them with the HTML page preferred."""
    if not isinstance(value, list):
        return _address(value.get("href")) if isinstance(value, dict) else _address(value)
    single = [item for item in value if not isinstance(item, list)]
    single.sort(key=lambda item: not (isinstance(item, dict) and item.get("mediaType") == "text/html"))
    return next((page for page in map(_page, single) if page is not None), None)


def _text(value: JsonValue, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""
