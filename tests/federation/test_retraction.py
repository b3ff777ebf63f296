"""A retraction is believed by its proof alone, and all of it is covered by that."""

from __future__ import annotations

from typing import Any

import pytest

from federation.errors import BadSignature, FederationError, Unintelligible
from federation.identity.charter import root_method
from federation.identity.retraction import LARGEST_RETRACTION, new_retraction, read_raw_retraction, read_retraction
from federation.proofs import integrity
from federation.strictjson import JsonObject, load_object
from storage.ids import ObjectId
from tests.federation.mirror.charters import NOON, UnionOf, key

HARBOUR = UnionOf(2)
OBJECT = ObjectId("https://harbour.example/objects/1")


def a_retraction(**changes: Any) -> bytes:
    given = {"union": HARBOUR.did, "object": OBJECT, "published": NOON, "root_key": HARBOUR.root}
    return new_retraction(**{**given, **changes})


def signed(**changes: Any) -> JsonObject:
    """Signed by the right key, whatever it says."""
    document = {**load_object(a_retraction()), **changes}
    return integrity.sign(document, key=HARBOUR.root, method=root_method(HARBOUR.did), now=NOON)


def test_what_the_kit_signed_is_read() -> None:
    taken = read_raw_retraction(a_retraction())
    assert (HARBOUR.did, OBJECT, NOON) == (taken.union, taken.object, taken.published_at)


def test_the_largest_one_that_is_believed_is_taken() -> None:
    longest = a_retraction(object=ObjectId("x" * 2048))
    assert "x" * 2048 == read_raw_retraction(longest).object
    assert len(longest) < LARGEST_RETRACTION


@pytest.mark.parametrize(
    "changes", [{"object": f"{OBJECT}0"}, {"published": "2026-11-22T12:00:01Z"}, {"more": 1}, {"@context": []}]
)
def test_what_was_changed_afterwards_is_refused(changes: JsonObject) -> None:
    with pytest.raises(BadSignature):
        read_retraction({**load_object(a_retraction()), **changes})


def test_another_key_than_the_root_key_takes_nothing_back() -> None:
    with pytest.raises(BadSignature):
        read_raw_retraction(a_retraction(root_key=key(9)))


def test_a_context_that_the_proof_does_not_cover_is_refused() -> None:
    document = load_object(a_retraction())
    context = document["@context"]
    assert isinstance(context, list)
    with pytest.raises(BadSignature):
        read_retraction({**document, "@context": [*context, "https://elsewhere.example"]})


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Charter"},
        {"union": 7},
        {"union": "did:key:zNone"},
        {"object": None},
        {"object": ""},
        {"object": "x" * 2049},
        {"published": "yesterday"},
        {"published": "2026-11-22T12:00:00+01:00"},
    ],
)
def test_what_is_no_retraction_is_refused_whoever_signed_it(changes: JsonObject) -> None:
    with pytest.raises(Unintelligible):
        read_retraction(signed(**changes))


def test_a_charter_is_no_retraction() -> None:
    with pytest.raises(FederationError):
        read_raw_retraction(HARBOUR.charter())
