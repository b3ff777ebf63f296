"""The one loader for JSON from outside: what two parsers could read differently is refused (RFC 7493).

Refused, as NotJson: anything but UTF-8 without a byte order mark, duplicate keys, NaN and Infinity, numbers
beyond ±(2^53−1) in whatever notation, lone surrogates, more than 32 levels, objects of over 10,000 members.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn, TypeAlias

from federation.errors import NotJson

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1
MAX_MEMBERS: Final = 10_000
MAX_BRACKETS: Final = 10_000
"""Opening ones, counted before anything is decoded; those in texts count too."""
_MAX_INTEGER_TEXT: Final = 17
"""A sign and sixteen digits: longer ones are beyond MAX_INTEGER, and cost time to convert."""
_MAX_FLOAT_TEXT: Final = 800
"""The exact decimal form of any double is shorter than this."""


def loads(raw: bytes) -> JsonValue:
    """The value that these bytes spell; raises NotJson for whatever is not strict JSON."""
    if raw.count(b"[") + raw.count(b"{") > MAX_BRACKETS:
        raise NotJson(f"The document has more than {MAX_BRACKETS} brackets; no document of the network needs that.")
    try:
        value: JsonValue = _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise NotJson("The document is not UTF-8, so it cannot be read; its sender must send UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise NotJson(f"The document is not JSON, so it is ignored: {error}.") from None
    _check_depth(raw, value)
    _check_surrogates(raw, value)
    return value


def load_object(raw: bytes) -> JsonObject:
    """The object that these bytes spell; raises NotJson for any other value."""
    value = loads(raw)
    if not isinstance(value, dict):
        raise NotJson("The document is JSON but not an object, so it says nothing we know; it is ignored.")
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    if len(pairs) > MAX_MEMBERS:
        raise NotJson(f"An object has more than {MAX_MEMBERS} members; no document of the network needs that.")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("An object names one key twice, so two readers would disagree on it; it is refused.")
    return found


def _integer(text: str) -> int:
    if len(text) > _MAX_INTEGER_TEXT or abs(number := int(text)) > MAX_INTEGER:
        raise _too_large()
    return number


def _float(text: str) -> float:
    if len(text) > _MAX_FLOAT_TEXT or abs(number := float(text)) > MAX_INTEGER:
        raise _too_large()
    return number


def _constant(text: str) -> NoReturn:
    raise NotJson(f"{text} is not a JSON number; the document is refused.")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check_depth(raw: bytes, value: JsonValue) -> None:
    """Walk level by level, but only a document with enough brackets to be too deep."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        level = [child for parent in level for child in _containers(parent)]
    raise _too_deep()


def _containers(parent: JsonValue) -> list[JsonValue]:
    """The lists and objects directly inside this value."""
    if isinstance(parent, dict):
        return [child for child in parent.values() if isinstance(child, dict | list)]
    if isinstance(parent, list):
        return [child for child in parent if isinstance(child, dict | list)]
    return []


def _check_surrogates(raw: bytes, value: JsonValue) -> None:
    """Only an escape can bring half a surrogate pair in; then writing the value as UTF-8 tells."""
    if b"\\ud" not in raw and b"\\uD" not in raw:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJson("A text holds half a character (a lone surrogate); the document is refused.") from None


def _too_deep() -> NotJson:
    return NotJson(f"The document is nested more than {MAX_DEPTH} levels deep; it is refused.")


def _too_large() -> NotJson:
    return NotJson("A number is beyond ±(2^53-1), where readers round differently; the document is refused.")
