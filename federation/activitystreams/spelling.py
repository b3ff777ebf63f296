"""One spelling for what servers write in several, before the shape is checked; what it means stays the same."""

from __future__ import annotations

import hashlib
import json

from federation.strictjson import JsonObject, JsonValue

_NEEDS_NO_ID = "Undo"
"""What needs no name: nothing ever refers to it."""


def respelled(document: JsonObject) -> JsonObject:
    """An activity with its nulls left out, its one actor outside of a list, and a name for an Undo that has none."""
    plain = _without_nulls(document)
    if "object" in plain:
        plain["object"] = _respell_object(plain["object"])
    actor = plain.get("actor")
    if isinstance(actor, list) and len(actor) == 1 and isinstance(actor[0], str | dict):
        plain["actor"] = actor = actor[0]
    if plain.get("type") == _NEEDS_NO_ID and "id" not in plain:
        owner = actor.get("id") if isinstance(actor, dict) else actor
        if isinstance(owner, str):
            plain["id"] = f"{owner.partition('#')[0]}#undo-{_digest(plain)}"
    return plain


def _respell_object(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_without_nulls(item) if isinstance(item, dict) else item for item in value if item is not None]
    return _without_nulls(value) if isinstance(value, dict) else value


def _without_nulls(document: JsonObject) -> JsonObject:
    """In JSON-LD a null says no more than a member that is not there."""
    if None not in document.values():
        return dict(document)
    return {name: value for name, value in document.items() if value is not None}


def _digest(document: JsonObject) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
