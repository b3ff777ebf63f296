"""The fast validator and the reference draw the same line, whatever is put before them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.activitystreams import validation
from federation.activitystreams.validation import check_activity, is_surely_sound, reference
from federation.errors import NotActivity

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
SOUND: dict[str, Any] = {"id": "https://a.example/1", "type": "Create", "actor": "https://a.example/users/1"}


def agree(document: Any) -> bool:
    """Both say the same; what it is."""
    accepted = bool(reference().is_valid(document))
    assert accepted == is_surely_sound(document)
    return accepted


def around(limit: int, sign: str = "a") -> st.SearchStrategy[str]:
    return st.integers(limit - 1, limit + 1).map(lambda length: sign * length)


numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0, 1, 1.0])
)
urls = st.one_of(
    st.sampled_from(
        ["https://a.example/x", "http://a", "https://", "HTTPS://a.example", "ftp://a", "", "x", "\nhttp://a"]
    ),
    around(2048 - 9).map("https://x".__add__),
    around(2048 - 9, "🏴").map("https://x".__add__),
    st.text(max_size=12).map("http://".__add__),
    st.text(max_size=12),
)
words = st.one_of(
    st.sampled_from(["Create", "Note", ""]), around(64), around(64, "é"), around(64, "👩‍🚒"), st.text(max_size=5)
)
types = st.one_of(words, st.lists(words, max_size=3), st.integers(15, 17).map(lambda length: ["Note"] * length))
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, urls, words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
addresses = st.one_of(plain, urls, st.lists(st.one_of(urls, plain), max_size=4))


def shaped(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, each as it should be or as anything."""
    return st.fixed_dictionaries({}, optional={name: st.one_of(kind, plain) for name, kind in fields.items()})


texts = st.one_of(st.none(), st.text(max_size=6))
things = shaped(
    {"id": urls, "type": types, "content": texts, "summary": texts, "name": texts, "to": addresses, "cc": addresses}
)
objects = st.one_of(urls, things, st.lists(st.one_of(urls, things), max_size=3))
parts = {"id": urls, "type": types, "actor": st.one_of(urls, shaped({"id": urls})), "object": objects}
documents = st.one_of(
    shaped({**parts, "to": addresses, "cc": addresses}),
    shaped({"object": objects, "type": types, "to": addresses}).map(lambda some: {**SOUND, **some}),
)


@settings(max_examples=600, deadline=None)
@given(document=documents)
def test_both_validators_agree_on_whatever_is_generated(document: dict[str, Any]) -> None:
    agree(document)


def test_both_validators_agree_on_what_real_servers_sent() -> None:
    captured = [json.loads(line) for line in (VECTORS / "captured_requests.jsonl").read_text("utf-8").splitlines()]
    bodies = [
        json.loads(one["body"]) if isinstance(one["body"], str) else one["body"] for one in captured if one["body"]
    ]
    verdicts = [agree(body) for body in bodies]
    assert len(verdicts) > 20
    assert any(verdicts)


@pytest.mark.parametrize(
    "fields",
    [
        {"object": {"content": "x" * 262_144}},
        {"object": {"content": "𝔵" * 262_144}},
        {"object": [f"https://a.example/{number}" for number in range(100)]},
        {"to": ["https://a.example/x"] * 10_000},
        {"to": "x" * 2048},
        {"cc": None},
        {"anything": [[[1.0, -0.0, 2**53 - 1, 1e300, True]]]},
    ],
)
def test_both_validators_accept_up_to_the_limit(fields: dict[str, Any]) -> None:
    assert agree({**SOUND, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"object": {"content": "x" * 262_145}},
        {"object": {"content": "𝔵" * 262_145}},
        {"object": ["https://a.example/x"] * 101},
        {"to": ["https://a.example/x"] * 10_001},
        {"to": "x" * 2049},
        {"to": 1.0},
        {"type": True},
        {"actor": {"id": "//a.example"}},
        {"id": "HTTPS://a.example/1"},
    ],
)
def test_both_validators_refuse_beyond_it(fields: dict[str, Any]) -> None:
    assert not agree({**SOUND, **fields})


def test_without_the_fast_validator_the_reference_alone_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "_HAS_FAST", False)
    assert not is_surely_sound(SOUND)
    check_activity(SOUND)
    with pytest.raises(NotActivity, match="actor has another shape"):
        check_activity({**SOUND, "actor": 7})


def test_what_is_sound_never_meets_the_slow_validator(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise AssertionError("the reference was asked")

    monkeypatch.setattr(validation, "reference", stop)
    check_activity(SOUND)
