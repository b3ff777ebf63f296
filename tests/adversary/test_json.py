"""JSON at the door: one strict reading of the bytes that were signed, and no power for what stands in the document."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonObject
from tests.adversary.stage import Stage

ODD: Final = {
    "one key twice": b'{"type":"Follow","type":"Like"}',
    "one key twice, spelled otherwise": b'{"type":"Follow","t\\u0079pe":"Like"}',
    "one key twice, deeper": b'{"object":{"id":"a","id":"b"}}',
    "not a number": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "beyond 2^53": b'{"a":9007199254740993}',
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "no UTF-8": b'{"a":"\xff"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "two documents": b'{"a":1}{"b":2}',
    "a comment": b'{"a":1} // b',
    "single quotes": b"{'a':1}",
    "a trailing comma": b'{"a":1,}',
    "nothing": b" ",
    "a list": b"[]",
    "a null": b"null",
}


async def test_jsn_01_what_is_no_strict_json_is_400(stage: Stage) -> None:
    clock = stage.scene.village.clock
    await stage.refused(*[stage.mal.signed(stage.inbox, body, clock()) for body in ODD.values()], status=400)


def with_signature(document: JsonObject, creator: str) -> JsonObject:
    """As Mastodon's forwarded deliveries carry it."""
    return {
        **document,
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "signature": {
            "type": "RsaSignature2017",
            "creator": f"{creator}#main-key",
            "created": "2026-11-22T12:00:00Z",
            "signatureValue": "c2lnbmVk",
        },
    }


async def test_jsn_05_a_signature_in_the_document_lets_nobody_speak_for_another(stage: Stage) -> None:
    mal, peer = stage.mal, stage.peer
    forwarded = with_signature(peer.activity("Create", peer.note("1")), peer.actor())
    proof: JsonObject = {"type": "DataIntegrityProof", "verificationMethod": f"{peer.actor()}#ed25519-key"}
    proved = {**peer.activity("Create", peer.note("2")), "proof": proof}
    now = stage.scene.village.clock()
    await stage.refused(*[mal.signed(stage.inbox, one, now) for one in (forwarded, proved)])


async def test_jsn_05_a_signature_in_the_document_that_is_worthless_takes_nothing_away(stage: Stage) -> None:
    document = with_signature(stage.follow(), "https://elsewhere.test/nobody")
    assert 202 == await stage.scene.deliver(stage.mal, document)
    assert await stage.scene.followers() == [stage.mal.actor()]


async def test_unknown_terms_and_contexts_of_ones_own_have_no_power(stage: Stage) -> None:
    """A context that says that `actor` means something else is never read, let alone fetched."""
    twisted: JsonObject = {"actor": "as:object", "as": f"{stage.mal.base}/ns#", "speaker": "as:actor"}
    document: JsonObject = {
        **stage.follow(),
        "@context": [f"{stage.mal.base}/context", twisted],
        "speaker": stage.peer.actor(),
        "as:actor": stage.peer.actor(),
        "https://www.w3.org/ns/activitystreams#actor": stage.peer.actor(),
    }
    assert 202 == await stage.scene.deliver(stage.mal, document)
    assert await stage.scene.followers() == [stage.mal.actor()]
    assert stage.mal.site.fetches["/context"] == 0
