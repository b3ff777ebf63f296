"""The charter: a union's root-signed statement of its current keys and homes (protocol §2).

A JSON document with an `eddsa-jcs-2022` proof by the root key, which is the union's did. What stands in it is
believed only after the proof. Members we do not know are passed over, so that later releases can add some;
the proof covers them too.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadKey, BadSignature, Unintelligible
from federation.identity.charter_fields import (
    read_count,
    read_digests,
    read_homes,
    read_key,
    read_name,
    read_recipient,
    read_root,
    read_time,
)
from federation.keys import multihash_sha256, public_of_did
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.times import rfc3339
from storage.ids import Did

_REMEMBERED: Final = 8 * 1024
"""Bytes of a charter, at most, whose claims stay in memory; one has 2 KiB."""
CONTEXT: Final[list[JsonValue]] = [
    "https://w3id.org/security/data-integrity/v2",
    {
        "picketline": "urn:picketline:ns#",
        "Charter": "picketline:Charter",
        "after": "picketline:after",
        "cosignerKey": "picketline:cosignerKey",
        "epoch": "picketline:epoch",
        "homes": {"@id": "picketline:homes", "@type": "@id", "@container": "@list"},
        "logKey": "picketline:logKey",
        "name": "https://www.w3.org/ns/activitystreams#name",
        "previous": {"@id": "picketline:previous", "@container": "@list"},
        "published": {
            "@id": "https://www.w3.org/ns/activitystreams#published",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
        "recipient": "picketline:recipient",
        "root": "picketline:root",
        "size": "picketline:size",
        "union": {"@id": "picketline:union", "@type": "@id"},
    },
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """How large a log is and the hash over all of it, 32 bytes."""

    size: int
    root: bytes


EMPTY_TREE: Final = TreeHead(size=0, root=sha256(b"").digest())
"""What epoch 1 comes after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterClaims:
    """What a union says of itself, with its root key's proof verified."""

    union: Did
    epoch: int
    name: str
    homes: tuple[str, ...]
    """Base URLs without a trailing slash, best first."""
    log_key: str
    cosigner_key: str
    after: TreeHead
    """The tree of the epoch before, as far as it counts."""
    recipient: str
    """What backups are sealed to, `age1…`."""
    previous: tuple[str, ...]
    """Digests of the charters before it."""
    published_at: datetime
    digest: str
    """Names this charter: multibase multihash of the document without its proof."""


def new_charter(
    *,
    union: Did,
    epoch: int,
    name: str,
    homes: Sequence[str],
    log_key: str,
    cosigner_key: str,
    after: TreeHead,
    recipient: str,
    previous: Sequence[str],
    published: datetime,
    root_key: Ed25519PrivateKey,
) -> bytes:
    """The signed charter as RFC 8785 bytes; raises what `read_charter` raises when peers would refuse it."""
    document: JsonObject = {
        "@context": CONTEXT,
        "type": "Charter",
        "union": union,
        "epoch": epoch,
        "name": name,
        "homes": list(homes),
        "logKey": log_key,
        "cosignerKey": cosigner_key,
        "after": {"size": after.size, "root": base64.b64encode(after.root).decode()},
        "recipient": recipient,
        "previous": list(previous),
        "published": rfc3339(published),
    }
    signed = integrity.sign(document, key=root_key, method=root_method(union), now=published)
    raw = canonical(signed)
    read_charter(raw)
    return raw


def read_charter(raw: bytes) -> CharterClaims:
    """Verify the root key's proof, then read every field; the same bytes, which every poll brings again, only once.

    Raises BadSignature when the union's root key did not sign this, and Unintelligible when it is no charter.
    """
    return _read_once(raw) if len(raw) <= _REMEMBERED else _read(raw)


def _read(raw: bytes) -> CharterClaims:
    document = load_object(raw)
    union = _verified_union(document)
    claims = CharterClaims(
        union=union,
        epoch=read_count(document, "epoch", least=1),
        name=read_name(document),
        homes=read_homes(document),
        log_key=read_key(document, "logKey"),
        cosigner_key=read_key(document, "cosignerKey"),
        after=_read_after(document),
        recipient=read_recipient(document),
        previous=read_digests(document),
        published_at=read_time(document),
        digest=_digest(document),
    )
    _check_epoch(claims)
    return claims


_read_once: Final = lru_cache(maxsize=256)(_read)


def charter_digest(raw: bytes) -> str:
    """Names this charter: multibase multihash of its canonical form without proof; raises NotJson."""
    return _digest(load_object(raw))


def root_method(union: Did) -> str:
    """The name of the root key in proofs, `did:key:z6Mk…#z6Mk…`."""
    return f"{union}#{union.removeprefix('did:key:')}"


def _digest(document: JsonObject) -> str:
    return multihash_sha256(canonical({name: value for name, value in document.items() if name != "proof"}))


def _verified_union(document: JsonObject) -> Did:
    union = document.get("union")
    if document.get("type") != "Charter" or not isinstance(union, str):
        raise Unintelligible("This document is no charter: it has not that type, or names no union.")
    try:
        root = public_of_did(Did(union))
    except BadKey:
        raise Unintelligible("The charter's `union` is not a did:key of an Ed25519 key.") from None
    integrity.verify(document, root, method=root_method(Did(union)))
    _check_context(document)
    return Did(union)


def _check_context(document: JsonObject) -> None:
    """A proof may cover only the first of the contexts; then anybody could make a second charter of it."""
    proof = document["proof"]
    if not isinstance(proof, dict) or proof.get("@context") != document.get("@context"):
        raise BadSignature("The charter's proof is for another @context than the charter's.")


def _read_after(document: JsonObject) -> TreeHead:
    after = document.get("after")
    if not isinstance(after, dict) or after.keys() != {"size", "root"}:
        raise Unintelligible("The charter's `after` must be a size and a root, and nothing else.")
    head = TreeHead(size=read_count(after, "size", least=0), root=read_root(after))
    if head.size == 0 and head != EMPTY_TREE:
        raise Unintelligible("The charter's `after` is of size 0, but its root is not that of the empty tree.")
    return head


def _check_epoch(claims: CharterClaims) -> None:
    """Epoch 1 comes after nothing, every other after at least one charter; the new keys are new."""
    if claims.epoch == 1 and (claims.after != EMPTY_TREE or claims.previous):
        raise Unintelligible("A charter of epoch 1 comes after the empty tree and no other charter.")
    if claims.epoch > 1 and not claims.previous:
        raise Unintelligible("A charter of a later epoch must name the charters before it in `previous`.")
    root_key = claims.union.removeprefix("did:key:")
    if len({root_key, claims.log_key, claims.cosigner_key}) != 3:
        raise Unintelligible("The charter's root, log and cosigner keys must be three different keys.")
