"""Canonical JSON (RFC 8785): the bytes that are hashed, signed and stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
import rfc8785

from federation.errors import NotJson
from federation.strictjson import MAX_DEPTH, MAX_INTEGER, MAX_MEMBERS, JsonObject, JsonValue, load_object

_FIRST_SURROGATE: Final = "\ud800"
_ALIKE: Final = frozenset({str, bool, type(None)})
"""Types that both write alike, whatever the value."""


def canonical(value: JsonValue) -> bytes:
    """The one canonical form of this value; raises NotJson for what RFC 8785 cannot write."""
    if _is_plain(value):
        try:
            return _write_plain(value)
        except orjson.JSONEncodeError:
            pass  # deeper than orjson goes, or half a surrogate pair: the reference decides
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError):
        raise NotJson("This document has no canonical form, so it cannot be signed or checked.") from None


def writer_for(document: JsonObject, raw: bytes) -> Callable[[JsonValue], bytes]:
    """What writes parts of a document as `canonical` does, given the canonical form of the whole.

    Both writers write a value alike wherever it stands; so when the fast one writes the whole like that, it writes each
    part and any choice of members like that too, and nothing is looked through once more.
    """
    try:
        return _write_plain if _write_plain(document) == raw else canonical
    except orjson.JSONEncodeError:
        return canonical


def load_canonical(raw: bytes) -> JsonObject:
    """The object in bytes that are its canonical form; raises NotJson for any other bytes.

    What is plain, and written anew gives the same bytes, names no key twice and has no number that strict JSON refuses;
    so the fast reader is enough, unless there is much of it.
    """
    is_small = raw.count(b":") <= MAX_MEMBERS and raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH
    if is_small and (found := _read_plain(raw)) is not None:
        return found
    document = load_object(raw)
    if canonical(document) != raw:
        raise NotJson("The document is not in its one form (RFC 8785), so it cannot be what was signed.")
    return document


def _write_plain(value: JsonValue) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _read_plain(raw: bytes) -> JsonObject | None:
    """None when the slow way has to say."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if type(found) is dict and _write_plain(found) == raw and _is_plain(found):
        return found
    return None


def _is_plain(value: JsonValue) -> bool:
    """Whether orjson's output is RFC 8785: no floats, no large integers, keys below U+D800.

    Above it, RFC 8785 §3.2.3 sorts by UTF-16 units and orjson by code points.
    """
    waiting: list[Any] = [value]
    for item in waiting:
        kind = type(item)
        if kind is dict:
            if not _are_low(item):
                return False
            waiting.extend(item.values())
        elif kind is list:
            waiting.extend(item)
        elif kind is int:
            if not -MAX_INTEGER <= item <= MAX_INTEGER:
                return False
        elif kind not in _ALIKE:
            return False
    return True


def _are_low(keys: dict[Any, Any]) -> bool:
    """Whether all keys are texts of characters below U+D800."""
    try:
        together = "".join(keys)
    except TypeError:
        return False
    return together.isascii() or max(together) < _FIRST_SURROGATE
