"""The checker from outside, against the vectors of RFC 6962, RFC 8785, signed-note and eddsa-jcs-2022."""

import base64
import json
from typing import Any

import pytest

from tests.outsider import check_log, formats
from tests.outsider.made_log import (
    b64,
    sha,
)


def test_the_vectors_of_the_specifications() -> None:
    leaves = [sha(b"\0" + f"entry-{index}".encode()) for index in range(257)]
    known = {
        0: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        1: "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=",
        5: "GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=",
        255: "RdqfN0dI4Xo3L3HABCKxLiv5aELx9hxXQP5JTkvs/w8=",
        256: "+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4=",
        257: "kYsc7GTzF8duPPVcBTaEHAOe/wZ3LruIKM58F2Aotaw=",
    }
    assert {size: b64(formats.tree_root(leaves[:size])) for size in known} == known
    public = base64.b64decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")[1:]
    assert check_log.key_id("example.com/foo", 1, public).hex() == "530d903a"
    signature = base64.b64decode(
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    )
    assert formats.signed_by(public, signature[4:], b"This is an example message.\n")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("-0.0", "0"),
        ("1e0", "1"),
        ("-71.184902", "-71.184902"),
        ("333333333.33333329", "333333333.3333333"),
        ("1E30", "1e+30"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("0.000000000000000000000000001", "1e-27"),
        ("1e-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("123456789012345678901", "123456789012345680000"),
        ("9007199254740993", "9007199254740992"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("295147905179352830000", "295147905179352830000"),
    ],
)
def test_numbers_are_written_as_rfc_8785_writes_them(text: str, form: str) -> None:
    assert formats.canonical(json.loads(text), "A number").decode() == form


def test_names_are_sorted_by_their_utf_16_units_and_texts_are_hardly_escaped() -> None:
    value: formats.Json = {"€": 1, "\r": True, "\ufb33": None, "1": [], "😀": {}, "\x80": '\x0f\n</\u20ac\x7f"\\'}
    form = '{"\\r":true,"1":[],"\x80":"\\u000f\\n</€\x7f\\"\\\\","€":1,"😀":{},"\ufb33":null}'
    assert formats.canonical(value, "A value").decode() == form
    for bad in ("\ud800", float("inf"), 10**400):
        with pytest.raises(formats.Wrong, match="has no RFC 8785 form"):
            formats.canonical(bad, "A value")


def test_the_proof_of_the_feature_file_is_good() -> None:
    did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
    place = {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}
    thing = {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "content": "Hello world",
        "location": place,
        "attributedTo": "https://server.example/users/alice",
    }
    document: Any = {
        "@context": context,
        "id": "https://server.example/activities/1",
        "type": "Create",
        "actor": "https://server.example/users/alice",
        "object": thing,
    }
    config: Any = {
        **check_log.PROOF,
        "@context": context,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": "https://server.example/users/alice#ed25519-key",
    }
    value = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
    hashes = sha(formats.canonical(config, "")) + sha(formats.canonical(document, ""))
    public = formats.unbase58(did.removeprefix("did:key:"), "")
    assert formats.signed_by(public, formats.unbase58(value, "", b"", 64), hashes)
