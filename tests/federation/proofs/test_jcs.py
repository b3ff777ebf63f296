"""One value has one canonical form, by whichever of the two ways it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from federation.errors import NotJson
from federation.proofs.jcs import canonical, load_canonical
from federation.strictjson import MAX_INTEGER, load_object, loads

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-MAX_INTEGER, MAX_INTEGER)
    | st.text()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@settings(max_examples=250, deadline=None)
@example({"\ue000": 1, "😀": 2})
@example({'\u0080\x7f\x00\x1f\u2028/"\\': [-0.0, 1e20, 1e21, 1e-7, 1.0]})
@given(VALUES)
def test_both_ways_write_alike(value: Any) -> None:
    assert rfc8785.dumps(value) == canonical(value)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_the_canonical_form_means_the_same(value: Any) -> None:
    assert value == json.loads(canonical(value))
    assert canonical(value) == canonical(json.loads(canonical(value)))


def test_the_example_of_the_specification() -> None:
    """RFC 8785 §3.2.2 and §3.2.3, with its integers small enough for strict JSON."""
    value = loads(
        b'{"numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],'
        b'"literals": [null, true, false],'
        b'"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"}'
    )
    assert (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    ).encode() == canonical(value)


def test_keys_are_sorted_by_utf_16_units() -> None:
    """RFC 8785 §3.2.3: a smiley sorts before a private-use letter, although its code point is higher."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "😀", "\u0080", "\u00f6"]
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "😀", "\ufb33"]
    assert expected == list(json.loads(canonical(dict.fromkeys(keys, 0))))


@pytest.mark.parametrize(
    "value",
    [
        MAX_INTEGER + 1,
        [-MAX_INTEGER - 1],
        float("nan"),
        [float("inf")],
        {"a": "\ud800"},
        {"\udfff": 1},
        {1: 2},
        {"a": object()},
        {"a": b"bytes"},
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotJson):
        canonical(value)


def test_a_bottomless_value_is_refused() -> None:
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(NotJson):
        canonical(value)


def test_a_deep_value_is_still_written() -> None:
    value: list[Any] = []
    for _ in range(300):
        value = [value]
    assert canonical(value) == b"[" * 301 + b"]" * 301


def slowly(raw: bytes) -> object:
    """What strict JSON and the canonical form say of these bytes, one after the other."""
    try:
        found = load_object(raw)
        return found if canonical(found) == raw else None
    except NotJson:
        return None


def at_once(raw: bytes) -> object:
    try:
        return load_canonical(raw)
    except NotJson:
        return None


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"b":[{"c":null}]}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1.5}',
        b'{"a":1.0}',
        b'{"a":1e+21}',
        b'{"a":-0}',
        b'{"a":9007199254740991}',
        b'{"a":9007199254740992}',
        b'{"a":NaN}',
        b'{"a":"\\u00e9"}',
        '{"a":"\u00e9"}'.encode(),
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        '{"\ufb00":1,"\U00010000":2}'.encode(),
        '{"\U00010000":2,"\ufb00":1}'.encode(),
        b"[1]",
        b"",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a":' * 32 + b"1" + b"}" * 32,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b'{"a":"' + b"[" * 100 + b'"}',
    ],
)
def test_reading_and_comparing_at_once_says_what_both_steps_say(raw: bytes) -> None:
    assert slowly(raw) == at_once(raw)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists)))
def test_whatever_is_written_is_read_alike_in_one_step_or_two(value: Any) -> None:
    try:
        written = canonical(value)
    except NotJson:
        return
    for raw in (written, json.dumps(value).encode()):
        assert slowly(raw) == at_once(raw)
