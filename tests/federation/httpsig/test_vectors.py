"""Requests of real servers: those recorded verify, and Mastodon's own cases get our verdict."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from federation.errors import BadSignature, FederationError
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import read_signature, verify
from federation.keys import load_public_pem

TESTS: Final = Path(__file__).parents[2]
VECTORS: Final = TESTS / "vectors"
MASTODON: Final = TESTS.parent.parent / "shared" / "vectors" / "mastodon_vectors.json"

STRICTER: Final = {
    "cavage: GET with query, query left out of signature (quirk, accepted)": "SIG-36: queries are signed",
}
"""Where Mastodon accepts and we do not, and why."""


def sent(case: dict[str, Any]) -> SignedRequest:
    """A recorded request as it came."""
    parts = urlsplit(case["url"])
    body = case["body"]
    return SignedRequest(
        method=case["method"],
        target=f"{parts.path}?{parts.query}" if parts.query else parts.path,
        headers=tuple((name.lower(), value) for name, value in case["headers"].items()),
        body=None if body is None else body.encode(),
    )


def captured() -> list[dict[str, Any]]:
    lines = (VECTORS / "captured_requests.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def captured_pems() -> dict[str, str]:
    """Key id → PEM of the actors who sent them."""
    actors = json.loads((VECTORS / "captured_actors.json").read_text("utf-8"))
    return {actor["publicKey"]["id"]: actor["publicKey"]["publicKeyPem"] for actor in actors.values()}


def named(case: dict[str, Any]) -> str:
    return f"{case['from']} {case['type']}"


@pytest.mark.parametrize("case", captured(), ids=named)
def test_a_request_of_a_real_server_verifies(case: dict[str, Any]) -> None:
    claim = read_signature(sent(case), hosts=["fedify.test"], now=datetime.fromisoformat(case["at"]))
    verify(claim, load_public_pem(captured_pems()[claim.key_id]))


@pytest.mark.parametrize("case", captured(), ids=named)
def test_a_request_of_a_real_server_altered_by_a_byte_is_refused(case: dict[str, Any]) -> None:
    altered = {**case, "body": case["body"].replace("t", "T", 1)}
    with pytest.raises(BadSignature):
        read_signature(sent(altered), hosts=["fedify.test"], now=datetime.fromisoformat(case["at"]))


def mastodon() -> dict[str, Any]:
    """Mastodon's cases, which stay where they are."""
    if not MASTODON.exists():
        pytest.skip("Mastodon's test vectors are not beside this checkout, so its cases were not compared.")
    loaded: dict[str, Any] = json.loads(MASTODON.read_text("utf-8"))
    return loaded


def verdict(case: dict[str, Any], pem: str) -> bool:
    """Whether we take this request."""
    now = datetime.fromisoformat(case["now"])
    try:
        verify(read_signature(sent(case), hosts=["www.example.com"], now=now), load_public_pem(pem))
    except FederationError:
        return False
    return True


def test_mastodons_cases_get_mastodons_verdict_but_where_ours_is_stricter() -> None:
    vectors = mastodon()
    expected = {case["name"]: case["expect"] and case["name"] not in STRICTER for case in vectors["http"]}
    assert expected == {case["name"]: verdict(case, vectors["public_key_pem"]) for case in vectors["http"]}


def test_every_stricter_verdict_is_still_a_case_of_mastodons() -> None:
    assert set(STRICTER) <= {case["name"] for case in mastodon()["http"] if case["expect"]}
