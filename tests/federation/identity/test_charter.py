"""A charter is believed only with its root key's proof, and only when every field means something."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadSignature, NotJson, Unintelligible
from federation.identity.charter import (
    EMPTY_TREE,
    CharterClaims,
    TreeHead,
    charter_digest,
    new_charter,
    read_charter,
    root_method,
)
from federation.keys import decode_multibase, did_key, encode_multikey
from federation.proofs import integrity
from federation.proofs.jcs import canonical

GOLDEN = Path(__file__).with_name("charter_epoch_1.json")
ROOT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY, COSIGNER_KEY, OTHER_KEY = (
    encode_multikey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).public_key()) for seed in (1, 2, 3)
)
UNION = did_key(ROOT.public_key())
ROOT_KEY = encode_multikey(ROOT.public_key())
RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
NOW = datetime(2026, 11, 22, 10, 30, 15, tzinfo=UTC)
EMPTY_AFTER = {"size": 0, "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
LATER_TREE = TreeHead(size=7, root=hashlib.sha256(b"a tree").digest())
LATER_AFTER = {"size": 7, "root": base64.b64encode(LATER_TREE.root).decode()}


def make(**changes: Any) -> bytes:
    asked: dict[str, Any] = {
        "union": UNION,
        "epoch": 1,
        "name": "Koreno Arbetare-Union 노동조합",
        "homes": ["https://koreno.example", "https://other.example"],
        "log_key": LOG_KEY,
        "cosigner_key": COSIGNER_KEY,
        "after": EMPTY_TREE,
        "recipient": RECIPIENT,
        "previous": [],
        "published": NOW,
        "root_key": ROOT,
    }
    return new_charter(**(asked | changes))


def make_later(**changes: Any) -> bytes:
    return make(**({"epoch": 2, "after": LATER_TREE, "previous": [charter_digest(make())]} | changes))


def resigned(**changes: Any) -> bytes:
    """A charter with these members instead of its own (None: without), signed by the root key anyway."""
    document = {name: value for name, value in json.loads(make()).items() if name != "proof"} | changes
    document = {name: value for name, value in document.items() if value is not None}
    return canonical(integrity.sign(document, key=ROOT, method=root_method(UNION), now=NOW))


def test_the_exact_bytes_of_a_charter_never_change() -> None:
    assert make() == GOLDEN.read_bytes()


def test_a_charter_that_was_written_once_is_read_for_ever() -> None:
    assert read_charter(GOLDEN.read_bytes()) == CharterClaims(
        union=UNION,
        epoch=1,
        name="Koreno Arbetare-Union 노동조합",
        homes=("https://koreno.example", "https://other.example"),
        log_key=LOG_KEY,
        cosigner_key=COSIGNER_KEY,
        after=EMPTY_TREE,
        recipient=RECIPIENT,
        previous=(),
        published_at=NOW,
        digest=charter_digest(GOLDEN.read_bytes()),
    )


def test_a_charter_is_rfc_8785_bytes() -> None:
    assert rfc8785.dumps(json.loads(make())) == make()


def test_the_proof_is_what_fep_8b32_says_by_another_computation() -> None:
    document = json.loads(make())
    proof = document.pop("proof")
    signature = decode_multibase(proof.pop("proofValue"))
    hashes = [hashlib.sha256(rfc8785.dumps(part)).digest() for part in (proof, document)]
    ROOT.public_key().verify(signature, b"".join(hashes))
    assert proof == {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{UNION}#{UNION.removeprefix('did:key:')}",
        "created": "2026-11-22T10:30:15Z",
    }


def test_the_digest_is_of_the_canonical_document_without_its_proof() -> None:
    document = json.loads(make())
    del document["proof"]
    expected = b"\x12\x20" + hashlib.sha256(rfc8785.dumps(document)).digest()
    assert decode_multibase(charter_digest(make())) == expected


def test_the_digest_is_the_same_whoever_formatted_the_json() -> None:
    assert charter_digest(json.dumps(json.loads(make()), indent=1).encode()) == charter_digest(make())


def test_published_is_written_in_utc_and_whole_seconds() -> None:
    seoul = NOW.astimezone(timezone(timedelta(hours=9))) + timedelta(microseconds=123456)
    assert make(published=seoul) == make()


def test_a_later_epoch_says_after_which_tree_and_which_charters_it_comes() -> None:
    claims = read_charter(make_later())
    assert (claims.epoch, claims.previous) == (2, (charter_digest(make()),))
    assert claims.after == LATER_TREE


def test_members_of_later_releases_are_passed_over_but_signed() -> None:
    raw = resigned(motto="Bread and roses")
    assert read_charter(raw).name == read_charter(make()).name
    with pytest.raises(BadSignature):
        read_charter(raw.replace(b"roses", b"noses"))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("epoch", 2),
        ("name", "Another union"),
        ("homes", ["https://thief.example"]),
        ("logKey", OTHER_KEY),
        ("cosignerKey", OTHER_KEY),
        ("after", LATER_AFTER),
        ("recipient", "age1mcyskx3fqvc6nhfparnjftkhwxtqvl55qf7m82w47s7jrw4z546q95v4qj"),
        ("previous", ["zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"]),
        ("published", "2026-11-23T10:30:15Z"),
        ("@context", ["https://w3id.org/security/data-integrity/v2"]),
        ("motto", "added by a stranger"),
        ("proof", None),
        ("proof", []),
    ],
)
def test_whatever_was_changed_after_signing_is_refused(member: str, value: object) -> None:
    with pytest.raises(BadSignature):
        read_charter(canonical(json.loads(make()) | {member: value}))


def test_an_appended_context_does_not_make_a_second_charter() -> None:
    document = json.loads(make())
    document["@context"].append("https://stranger.example/context")
    with pytest.raises(BadSignature):
        read_charter(canonical(document))


@pytest.mark.parametrize(
    "option", ["created", "verificationMethod", "proofPurpose", "cryptosuite", "type", "proofValue"]
)
def test_a_proof_with_a_changed_option_is_refused(option: str) -> None:
    document = json.loads(make())
    document["proof"][option] = document["proof"][option].replace("2", "3").replace("a", "b")
    with pytest.raises(BadSignature):
        read_charter(canonical(document))


def test_only_the_root_key_can_sign() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
    with pytest.raises(BadSignature):
        make(root_key=stranger)


def test_a_proof_under_another_name_is_refused() -> None:
    document = {name: value for name, value in json.loads(make()).items() if name != "proof"}
    signed = integrity.sign(document, key=ROOT, method="https://koreno.example/actor#key", now=NOW)
    with pytest.raises(BadSignature):
        read_charter(canonical(signed))


def test_another_signed_document_of_the_union_is_no_charter() -> None:
    with pytest.raises(Unintelligible, match="no charter"):
        read_charter(resigned(type="Retraction"))


DIGEST = "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"
BAD_HOMES = (
    "",
    "koreno.example",
    "//koreno.example",
    "/log",
    "ftp://koreno.example",
    "https://",
    "https://koreno.example/",
    "https://koreno.example/home",
    "https://koreno.example?x",
    "https://koreno.example#x",
    "https://Koreno.example",
    "https://me@koreno.example",
    "https://koreno.example:99999",
    "https://koreno.example:0",
    "https://koreno example",
    "https://노동.example",
    "https://[::1",
    "https://" + "a" * 300 + ".example",
)
BAD_ROOTS = (
    None,
    "",
    "AAAA",
    5,
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",  # loose last bits
    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",  # the alphabet of URLs
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
)
BAD_TIMES = (
    None,
    "",
    "2026-11-22",
    "2026-11-22T10:30:15+00:00",
    "2026-11-22T10:30:15.5Z",
    "2026-1-2T1:1:1Z",
    "2026-13-22T10:30:15Z",
    5,
)
BAD_KEYS = (None, "", "zzz", 5, UNION, "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc")
WRONG: dict[str, tuple[object, ...]] = {
    "union": ("did:web:koreno.example", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"),
    "epoch": (None, 0, -1, True, "1", 1.5, [1]),
    "name": (None, "", "  ", "two\nlines", 7, "x" * 201),
    "homes": (
        *(None, [], "https://a.example", [1], ["https://a.example"] * 2),
        [f"https://h{number}.example" for number in range(17)],
        *([home] for home in BAD_HOMES),
    ),
    "logKey": BAD_KEYS,
    "cosignerKey": BAD_KEYS,
    "after": (None, [], {"size": 0}, EMPTY_AFTER | {"more": 1}, LATER_AFTER | {"size": 0}),
    "recipient": (None, "", "age1abc", RECIPIENT[:-1] + "q", RECIPIENT.upper(), 1),
    "previous": (None, "x", [1], ["abc"], [LOG_KEY], [DIGEST] * 2),
    "published": BAD_TIMES,
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_field_that_means_nothing_is_refused_although_it_is_signed(name: str, value: object) -> None:
    with pytest.raises(Unintelligible, match=f"`{name}`"):
        read_charter(resigned(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value"),
    [("size", value) for value in (-1, None, True, "0")] + [("root", value) for value in BAD_ROOTS],
)
def test_a_tree_without_size_or_root_is_refused(name: str, value: object) -> None:
    with pytest.raises(Unintelligible, match=f"`{name}`"):
        read_charter(resigned(after=EMPTY_AFTER | {name: value}))


@pytest.mark.parametrize("name", ["type", "union"])
def test_a_document_that_does_not_say_what_it_is_and_whose_is_no_charter(name: str) -> None:
    with pytest.raises(Unintelligible, match="no charter"):
        read_charter(resigned(**{name: None}))


@pytest.mark.parametrize("changes", [{"after": LATER_AFTER}, {"previous": [DIGEST]}])
def test_the_first_epoch_comes_after_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(Unintelligible, match="epoch 1"):
        read_charter(resigned(**changes))


def test_a_later_epoch_without_a_charter_before_it_is_refused() -> None:
    with pytest.raises(Unintelligible, match="`previous`"):
        make_later(previous=[])


@pytest.mark.parametrize(
    "changes", [{"logKey": COSIGNER_KEY}, {"logKey": ROOT_KEY}, {"cosignerKey": ROOT_KEY}], ids=str
)
def test_one_key_for_two_purposes_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unintelligible, match="different"):
        read_charter(resigned(**changes))


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff", b'{"union": 1, "union": 2}'])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJson):
        read_charter(raw)


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": 0},
        {"name": "two\nlines"},
        {"homes": []},
        {"log_key": "z6Mk"},
        {"after": TreeHead(size=7, root=b"short")},
        {"recipient": "age1abc"},
        {"previous": [DIGEST]},
    ],
    ids=str,
)
def test_a_charter_that_peers_would_refuse_is_never_written(changes: dict[str, Any]) -> None:
    with pytest.raises(Unintelligible):
        make(**changes)
