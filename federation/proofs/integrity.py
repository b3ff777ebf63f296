"""Object proofs (FEP-8b32): the Data Integrity suite `eddsa-jcs-2022` over canonical JSON.

A proof covers every member of the document and every option of the proof; nothing is expanded, so no context
has power.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadSignature, NotJson, Unintelligible
from federation.keys import PublicKey, decode_multibase, encode_multibase
from federation.proofs.jcs import canonical, writer_for
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339

_FIXED: Final = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "proofPurpose": "assertionMethod",
}


def sign(document: JsonObject, *, key: Ed25519PrivateKey, method: str, now: datetime) -> JsonObject:
    """A copy of the document with a proof in place of any it had; `method` names the key. Raises NotJson."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    proof: JsonObject = {
        **_FIXED,
        "verificationMethod": method,
        "created": rfc3339(now),
    }
    if "@context" in unsecured:
        proof["@context"] = unsecured["@context"]
    signature = key.sign(signed_bytes(unsecured, proof))
    return {**unsecured, "proof": {**proof, "proofValue": encode_multibase(signature)}}


def verify(
    document: JsonObject, key: PublicKey, *, method: str, now: datetime | None = None, form: bytes | None = None
) -> None:
    """Check the document's single proof by this key of this name (vc-di-eddsa §3.3.2); raises BadSignature.

    A proof that says when it expires is believed only before that, so it needs `now`. `form` is the document's
    canonical form where the caller has seen to it already, so that it is not made again.
    """
    proof = _single_proof(document)
    if proof["verificationMethod"] != method:
        raise BadSignature("The proof names another key than the one it must be made with; it proves nothing.")
    if key.kind != "ed25519":
        raise BadSignature("A proof needs an Ed25519 key, and this is an RSA key; it proves nothing.")
    _check_times(proof, now)
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        write = canonical if form is None else writer_for(document, form)
        message = sha256(write(config)).digest() + sha256(write(_unsecured(document, proof))).digest()
    except NotJson as error:
        raise BadSignature(str(error)) from None
    key.verify(_read_value(proof["proofValue"]), message)


def read_method(document: JsonObject) -> str:
    """The name of the key that made the document's single `eddsa-jcs-2022` proof; raises BadSignature."""
    return str(_single_proof(document)["verificationMethod"])


def signed_bytes(unsecured: JsonObject, config: JsonObject) -> bytes:
    """What is signed: the SHA-256 of the proof's options, then that of the document; raises NotJson."""
    return sha256(canonical(config)).digest() + sha256(canonical(unsecured)).digest()


def _single_proof(document: JsonObject) -> JsonObject:
    proof = document.get("proof")
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    if not isinstance(proof, dict):
        raise BadSignature("The document does not carry exactly one proof, so nobody vouches for it.")
    if any(proof.get(name) != value for name, value in _FIXED.items()):
        raise BadSignature("The document's proof is not of the kind eddsa-jcs-2022 for assertions.")
    if not isinstance(proof.get("verificationMethod"), str) or not isinstance(proof.get("proofValue"), str):
        raise BadSignature("The document's proof lacks its key or its value.")
    return proof


def _check_times(proof: JsonObject, now: datetime | None) -> None:
    if "created" in proof:
        _read_time(proof["created"])
    if "expires" in proof and (now is None or _read_time(proof["expires"]) <= now):
        raise BadSignature("The document's proof has expired.")


def _read_time(value: JsonValue) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise BadSignature("The document's proof has a time that is none.") from None
    if moment.tzinfo is None:
        raise BadSignature("The document's proof has a time without a zone.")
    return moment


def _unsecured(document: JsonObject, proof: JsonObject) -> JsonObject:
    """The document as it was signed: no proof, and the proof's context, which must begin the document's."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if "@context" not in proof:
        return unsecured
    signed = _listed(proof["@context"])
    if _listed(document.get("@context"))[: len(signed)] != signed:
        raise BadSignature("The proof was made for another context than the document's.")
    return {**unsecured, "@context": proof["@context"]}


def _listed(context: JsonValue) -> list[JsonValue]:
    return context if isinstance(context, list) else [context]


def _read_value(text: JsonValue) -> bytes:
    try:
        value = decode_multibase(str(text))
    except Unintelligible:
        raise BadSignature("The proof's value is not base58btc; it proves nothing.") from None
    if len(value) != 64:
        raise BadSignature("The proof's value is no Ed25519 signature; it proves nothing.")
    return value
