"""A proof vouches for a whole document, under one key, and for nothing else."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys
from federation.errors import BadSignature, FederationError
from federation.proofs.integrity import read_method, sign, signed_bytes, verify
from federation.proofs.jcs import canonical

TESTS: Final = Path(__file__).parents[2]
MASTODON: Final = TESTS.parent.parent / "shared" / "vectors" / "mastodon_vectors.json"
VECTOR: Final[dict[str, Any]] = json.loads((TESTS / "vectors" / "fep-8b32.json").read_text("utf-8"))
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["keypair"]["seedHex"]))
PUBLIC: Final = keys.load_multikey(VECTOR["keypair"]["publicKeyMultibase"])
METHOD: Final[str] = VECTOR["proofConfig"]["verificationMethod"]
MADE: Final = datetime(2023, 2, 24, 23, 36, 38, 999_999, tzinfo=UTC)


def proven(**changes: Any) -> dict[str, Any]:
    """The FEP's document with its proof, some options of the proof changed; None removes one."""
    proof = {**VECTOR["proofConfig"], "proofValue": VECTOR["proofValue"]} | changes
    kept = {name: value for name, value in proof.items() if value is not None}
    return {**copy.deepcopy(VECTOR["document"]), "proof": kept}


def signed_with(config: dict[str, Any]) -> dict[str, Any]:
    """A document truly signed by the key under these options, sound or not."""
    document = VECTOR["document"]
    value = keys.encode_multibase(KEY.sign(signed_bytes(document, config)))
    return {**document, "proof": {**config, "proofValue": value}}


def test_the_hashes_of_the_fep_are_ours() -> None:
    assert VECTOR["configHashHex"] == sha256(canonical(VECTOR["proofConfig"])).hexdigest()
    assert VECTOR["documentHashHex"] == sha256(canonical(VECTOR["document"])).hexdigest()
    both = VECTOR["configHashHex"] + VECTOR["documentHashHex"]
    assert bytes.fromhex(both) == signed_bytes(VECTOR["document"], VECTOR["proofConfig"])


def test_we_sign_the_document_of_the_fep_as_it_does() -> None:
    assert proven() == sign(VECTOR["document"], key=KEY, method=METHOD, now=MADE)


def test_signing_leaves_the_document_alone() -> None:
    document = copy.deepcopy(VECTOR["document"])
    sign(document, key=KEY, method=METHOD, now=MADE)
    assert VECTOR["document"] == document


def test_signing_again_replaces_the_proof() -> None:
    later = datetime(2026, 1, 1, tzinfo=UTC)
    again = sign(proven(), key=KEY, method=METHOD, now=later)
    verify(again, PUBLIC, method=METHOD)
    assert again["proof"]["created"] == "2026-01-01T00:00:00Z"  # type: ignore[index,call-overload]


def test_a_document_without_context_is_signed_without() -> None:
    signed = sign({"union": "did:key:z"}, key=KEY, method=METHOD, now=MADE)
    verify(signed, PUBLIC, method=METHOD)
    assert "@context" not in signed["proof"]  # type: ignore[operator]


def test_a_sound_proof_verifies_and_names_its_key() -> None:
    verify(proven(), PUBLIC, method=METHOD)
    assert read_method(proven()) == METHOD


def test_a_single_proof_may_stand_in_a_list() -> None:
    document = proven()
    verify({**document, "proof": [document["proof"]]}, PUBLIC, method=METHOD)


def test_two_proofs_are_refused() -> None:
    document = proven()
    doubled = {**document, "proof": [document["proof"], document["proof"]]}
    with pytest.raises(BadSignature):
        verify(doubled, PUBLIC, method=METHOD)
    with pytest.raises(BadSignature):
        read_method(doubled)


@pytest.mark.parametrize("proof", [None, [], "proof", 7, {}, [[]], ["proof"], [None]])
def test_what_is_no_proof_is_refused(proof: Any) -> None:
    with pytest.raises(BadSignature):
        verify({**VECTOR["document"], "proof": proof}, PUBLIC, method=METHOD)
    with pytest.raises(BadSignature):
        read_method({**VECTOR["document"], "proof": proof})


def test_a_document_without_proof_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(VECTOR["document"], PUBLIC, method=METHOD)


def test_jsn_06_a_changed_field_is_refused() -> None:
    for name in VECTOR["document"]:
        changed = proven()
        changed[name] = "other"
        with pytest.raises(BadSignature):
            verify(changed, PUBLIC, method=METHOD)


def test_jsn_06_a_field_more_or_less_is_refused() -> None:
    more, less, inside = proven() | {"to": []}, proven(), proven()
    del less["type"]
    inside["object"]["content"] = "Goodbye"
    for changed in (more, less, inside):
        with pytest.raises(BadSignature):
            verify(changed, PUBLIC, method=METHOD)


CHANGED: Final[dict[str, dict[str, Any]]] = {
    "another time": {"created": "2023-02-24T23:36:39Z"},
    "no time": {"created": None},
    "no context": {"@context": None},
    "another context": {"@context": ["https://mal.test/context"]},
    "an option more": {"domain": "mal.test"},
    "another suite": {"cryptosuite": "eddsa-rdfc-2022"},
    "another type": {"type": "Ed25519Signature2020"},
    "another purpose": {"proofPurpose": "authentication"},
    "no purpose": {"proofPurpose": None},
    "another key's name": {"verificationMethod": "https://server.example/users/mal#ed25519-key"},
    "no value": {"proofValue": None},
}


@pytest.mark.parametrize("changes", CHANGED.values(), ids=CHANGED.keys())
def test_jsn_09_a_changed_option_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        verify(proven(**changes), PUBLIC, method=METHOD)


TRULY_SIGNED: Final[dict[str, dict[str, Any]]] = {
    "another suite": {"cryptosuite": "eddsa-rdfc-2022"},
    "another type": {"type": "Ed25519Signature2020"},
    "another purpose": {"proofPurpose": "authentication"},
    "a list of purposes": {"proofPurpose": ["assertionMethod"]},
    "another key's name": {"verificationMethod": "https://server.example/users/mal#ed25519-key"},
    "an embedded key": {"verificationMethod": {"id": METHOD}},
    "a time that is none": {"created": "yesterday"},
    "a time without zone": {"created": "2023-02-24T23:36:38"},
    "a number for a time": {"created": 7},
    "an end without our clock": {"expires": "3000-01-01T00:00:00Z"},
    "another context": {"@context": "https://mal.test/context"},
    "a longer context": {"@context": [*VECTOR["document"]["@context"], "https://mal.test/context"]},
    "a context in another order": {"@context": VECTOR["document"]["@context"][::-1]},
}


@pytest.mark.parametrize("changes", TRULY_SIGNED.values(), ids=TRULY_SIGNED.keys())
def test_jsn_09_a_truly_signed_proof_of_another_kind_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        verify(signed_with(VECTOR["proofConfig"] | changes), PUBLIC, method=METHOD)


def test_the_signer_of_the_cases_above_signs_well() -> None:
    verify(signed_with(VECTOR["proofConfig"]), PUBLIC, method=METHOD)


ODD_VALUES: Final = {
    "no multibase": VECTOR["proofValue"][1:],
    "base64": "m" + VECTOR["proofValue"][1:],
    "a zero in front": "z1" + VECTOR["proofValue"][1:],
    "a letter more": VECTOR["proofValue"] + "1",
    "cut short": VECTOR["proofValue"][:-1],
    "forbidden letters": "z" + "0" * 88,
    "empty": "",
    "only the letter": "z",
    "endless": "z" + "2" * 100_000,
    "a number": 7,
    "a list": [VECTOR["proofValue"]],
}


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES.keys())
def test_jsn_10_an_odd_value_is_refused(value: Any) -> None:
    with pytest.raises(BadSignature):
        verify(proven(proofValue=value), PUBLIC, method=METHOD)


def test_jsn_10_the_key_of_another_is_refused() -> None:
    other = keys.load_multikey(keys.encode_multikey(keys.new_ed25519().public_key()))
    with pytest.raises(BadSignature):
        verify(proven(), other, method=METHOD)


def test_an_rsa_key_makes_no_proofs() -> None:
    public = keys.load_public_pem(keys.dump_public_pem(keys.new_rsa().public_key()))
    with pytest.raises(BadSignature):
        verify(proven(), public, method=METHOD)


def test_a_context_added_behind_has_no_power() -> None:
    """vc-di-eddsa §3.3.2: the proof's context must begin the document's."""
    document = proven()
    document["@context"] = [*document["@context"], "https://server.example/more"]
    verify(document, PUBLIC, method=METHOD)


def test_a_context_may_be_a_text() -> None:
    document = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Note"}
    verify(sign(document, key=KEY, method=METHOD, now=MADE), PUBLIC, method=METHOD)  # type: ignore[arg-type]


def test_a_proof_that_ends_is_believed_until_then() -> None:
    document = signed_with(VECTOR["proofConfig"] | {"expires": "2026-01-01T00:00:00Z"})
    verify(document, PUBLIC, method=METHOD, now=datetime(2025, 12, 31, tzinfo=UTC))
    with pytest.raises(BadSignature):
        verify(document, PUBLIC, method=METHOD, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_document_without_canonical_form_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(proven() | {"count": 2**60}, PUBLIC, method=METHOD)


def test_jsn_05_an_old_signature_on_the_document_is_just_a_field() -> None:
    document = {**VECTOR["document"], "signature": {"type": "RsaSignature2017"}}
    signed = sign(document, key=KEY, method=METHOD, now=MADE)
    verify(signed, PUBLIC, method=METHOD)
    with pytest.raises(BadSignature):
        verify({**signed, "signature": {"type": "other"}}, PUBLIC, method=METHOD)


def test_mastodons_proofs_get_mastodons_verdict() -> None:
    if not MASTODON.exists():
        pytest.skip("Mastodon's test vectors are not beside this checkout, so its proofs were not compared.")
    vectors = json.loads(MASTODON.read_text("utf-8"))
    public = keys.load_multikey(vectors["integrity_public_key_multibase"])
    for case in vectors["integrity"]:
        try:
            verify(case["document"], public, method=METHOD, now=datetime(2026, 11, 22, tzinfo=UTC))
            taken = True
        except FederationError:
            taken = False
        assert (case["name"], case["expect"]) == (case["name"], taken)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*VECTOR["proofConfig"], "proofValue", "expires", "id"]), _VALUES)
def test_any_option_of_a_proof_is_refused_or_the_same(name: str, value: Any) -> None:
    document = proven()
    document["proof"][name] = value
    try:
        verify(document, PUBLIC, method=METHOD)
    except FederationError:
        return
    assert proven() == document


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["@context", "proof", "id", "type"]), _VALUES))
def test_any_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(FederationError):
        verify(document, PUBLIC, method=METHOD)
