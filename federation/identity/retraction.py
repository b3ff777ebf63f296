"""A retraction signed with the kit: what a union takes back at once and for good, wherever it is held (protocol §4).

A JSON document with an `eddsa-jcs-2022` proof by the root key, as a charter has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadKey, BadSignature, Unintelligible
from federation.identity.charter import root_method
from federation.identity.charter_fields import read_time
from federation.keys import public_of_did
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.times import rfc3339
from storage.ids import Did, ObjectId

LARGEST_RETRACTION: Final = 8 * 1024
"""Bytes; an id has 2 KiB at most, and the rest is short."""
_LONGEST_ID: Final = 2048
_LONGEST_DID: Final = 64
"""That of an Ed25519 key has 56 letters; what strangers name is remembered for a while, so it must be short."""
CONTEXT: Final[list[JsonValue]] = [
    "https://w3id.org/security/data-integrity/v2",
    {
        "picketline": "urn:picketline:ns#",
        "Retraction": "picketline:Retraction",
        "object": {"@id": "https://www.w3.org/ns/activitystreams#object", "@type": "@id"},
        "published": {
            "@id": "https://www.w3.org/ns/activitystreams#published",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
        "union": {"@id": "picketline:union", "@type": "@id"},
    },
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a union takes back, with its root key's proof verified."""

    union: Did
    object: ObjectId
    published_at: datetime


def new_retraction(*, union: Did, object: ObjectId, published: datetime, root_key: Ed25519PrivateKey) -> bytes:
    """The signed retraction as RFC 8785 bytes."""
    document: JsonObject = {
        "@context": CONTEXT,
        "type": "Retraction",
        "union": union,
        "object": object,
        "published": rfc3339(published),
    }
    return canonical(integrity.sign(document, key=root_key, method=root_method(union), now=published))


def union_of(document: JsonObject) -> Did:
    """Whose retraction it says it is, nothing verified yet; raises Unintelligible."""
    union = document.get("union")
    if document.get("type") != "Retraction" or not isinstance(union, str) or len(union) > _LONGEST_DID:
        raise Unintelligible("This document is no retraction: it has not that type, or names no union.")
    return Did(union)


def read_retraction(document: JsonObject) -> Taken:
    """Verify the root key's proof, which covers all of it, then read it.

    Raises BadSignature when the union's root key did not sign this, and Unintelligible when it is no retraction.
    """
    union = union_of(document)
    try:
        root = public_of_did(union)
    except BadKey:
        raise Unintelligible("The retraction's `union` is not a did:key of an Ed25519 key.") from None
    integrity.verify(document, root, method=root_method(union))
    proof, object = document["proof"], document.get("object")
    if not isinstance(proof, dict) or proof.get("@context") != document.get("@context"):
        raise BadSignature("The retraction's proof is for another @context than the retraction's.")
    if not isinstance(object, str) or not 0 < len(object) <= _LONGEST_ID:
        raise Unintelligible("The retraction's `object` must be the id of what is taken back.")
    return Taken(union=union, object=ObjectId(object), published_at=read_time(document))


def read_raw_retraction(raw: bytes) -> Taken:
    """The same of bytes; raises NotJson too."""
    return read_retraction(load_object(raw))
