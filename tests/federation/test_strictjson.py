"""JSON from outside is read in one way only, or not at all."""

from __future__ import annotations

import json

import pytest

from federation.errors import NotJson
from federation.strictjson import MAX_INTEGER, MAX_MEMBERS, load_object, loads

REFUSED = {
    "a duplicate key": b'{"id": 1, "id": 2}',
    "a duplicate key deep inside": b'[{"a": {"id": 1, "\\u0069d": 2}}]',
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "an integer beyond 2^53-1": b"9007199254740992",
    "an integer below -(2^53-1)": b"-9007199254740992",
    "a large integer in float notation": b"9007199254740992.0",
    "a float that overflows": b"1e400",
    "a number of 5,000 digits": b"1" * 5000,
    "a fraction of 5,000 digits": b"0." + b"1" * 5000,
    "half a surrogate pair": b'"\\ud800"',
    "half a surrogate pair in capitals": b'["\\uDC00"]',
    "half a surrogate pair as a key": b'{"\\udfff": 1}',
    "a surrogate in raw bytes": b'"\xed\xa0\x80"',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-32": '{"a": 1}'.encode("utf-32-le"),
    "Latin-1": b'"\xe9"',
    "a raw control character": b'"\x01"',
    "33 lists in each other": b"[" * 33 + b"]" * 33,
    "33 objects in each other": b'{"a":' * 33 + b"0" + b"}" * 33,
    "100,000 brackets": b"[" * 100_000,
    "100,000 braces": b'{"a":' * 100_000,
    "too many members": json.dumps({str(n): n for n in range(MAX_MEMBERS + 1)}).encode(),
    "nothing": b"",
    "two values": b"{}{}",
    "a comment": b"{} // really",
    "a trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_strict_json_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJson):
        loads(raw)


def test_32_levels_are_read() -> None:
    raw = b"[" * 32 + b"]" * 32
    assert json.loads(raw) == loads(raw)


def test_many_shallow_brackets_are_read() -> None:
    assert loads(b"[" + b",".join([b"[]"] * 9_000) + b"]") == [[]] * 9_000


def test_brackets_in_texts_are_no_levels() -> None:
    assert loads(b'["' + b"[" * 100 + b'"]') == ["[" * 100]


def test_the_largest_numbers_are_read() -> None:
    assert loads(f"[{MAX_INTEGER}, -{MAX_INTEGER}, 0.5]".encode()) == [MAX_INTEGER, -MAX_INTEGER, 0.5]


def test_whole_surrogate_pairs_are_read() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "😀"


def test_a_backslash_before_the_text_ud800_is_no_surrogate() -> None:
    assert loads(b'"\\\\ud800"') == "\\ud800"


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"text"', b"true"])
def test_a_document_must_be_an_object(raw: bytes) -> None:
    with pytest.raises(NotJson):
        load_object(raw)


def test_an_object_is_read_in_order() -> None:
    assert list(load_object(b'{"b": 1, "a": [null, true]}').items()) == [("b", 1), ("a", [None, True])]


def test_an_error_repeats_nothing_of_the_document() -> None:
    with pytest.raises(NotJson) as refusal:
        loads(b'{"secret": 1, "secret": 2}')
    assert "secret" not in str(refusal.value)


def test_more_brackets_than_any_document_needs_are_refused_before_they_are_decoded() -> None:
    assert loads(b"[" + b"[]," * 9_998 + b"[]]") == [[]] * 9_999
    for hostile in (b"[" + b"[]," * 10_000 + b"[]]", b'{"a":[' + b"[" * 30 * 4_000, b"{" * 10_001):
        with pytest.raises(NotJson, match="brackets"):
            loads(hostile)
