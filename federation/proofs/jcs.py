"""Canonical JSON (RFC 8785): the bytes that are hashed, signed and stored."""

from __future__ import annotations

from typing import Any, Final

import orjson
import rfc8785

from federation.errors import NotJson
from federation.strictjson import MAX_INTEGER, JsonValue

_FIRST_SURROGATE: Final = "\ud800"
_ALIKE: Final = frozenset({str, bool, type(None)})
"""Types that both write alike, whatever the value."""


def canonical(value: JsonValue) -> bytes:
    """The one canonical form of this value; raises NotJson for what RFC 8785 cannot write."""
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:
            pass  # deeper than orjson goes, or half a surrogate pair: the reference decides
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError):
        raise NotJson("This document has no canonical form, so it cannot be signed or checked.") from None


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
