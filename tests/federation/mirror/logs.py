"""Another union's log, made by hand: entries, activities with proofs, heads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.keys import encode_multikey, multihash_sha256
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, load_object
from federation.times import rfc3339
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.merkle import leaf_hashes, root_of
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Leaf

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HOME = "https://seoul.test"
ACTOR = f"{HOME}/actors/strike"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGINS = frozenset({HOME})


def leaf_of(entry: bytes, place: int) -> Leaf:
    """The entry as a leaf whose activity is wanted."""
    said: dict[str, Any] = load_object(entry)
    return Leaf(
        place=place,
        entry=entry,
        digest=said["digest"],
        activity=ActivityId(said["activity"]),
        actor=None,
        object=ObjectId(said["object"]),
        type=said["type"],
        published_at=datetime.fromisoformat(said["published"]),
        state="wanted",
        is_standing=False,
        kept_at=AT,
        changed_at=AT,
        body=None,
    )


def entry_of(document: JsonObject, body: bytes) -> bytes:
    """The commitment to an activity."""
    inner = document["object"]
    return canonical(
        {
            "activity": document["id"],
            "digest": multihash_sha256(body),
            "object": inner["id"] if isinstance(inner, dict) else inner,
            "published": document["published"],
            "type": document["type"],
        }
    )


@dataclass(slots=True)
class MadeLog:
    """A log with one actor; what it says can be changed before it is signed."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    log_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    name: str = "did:key:z6MkexampleUnion/1"
    entries: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def say(self, type: str, object: Any, *, key: Ed25519PrivateKey | None = None, **changes: Any) -> Leaf:
        """Append an activity; `changes` are made before it is signed."""
        place = len(self.entries)
        document: JsonObject = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
            "id": f"{HOME}/activities/{place + 1}",
            "type": type,
            "actor": ACTOR,
            "object": object,
            "published": rfc3339(AT + timedelta(seconds=place)),
            "to": [PUBLIC],
            **changes,
        }
        signed = integrity.sign(document, key=key or self.key, method=f"{document['actor']}#ed25519-key", now=AT)
        body = canonical(signed)
        self.bodies.append(body)
        self.entries.append(entry_of(signed, body))
        return leaf_of(self.entries[-1], place)

    def introduce(self, type: str = "Create", **changes: Any) -> Leaf:
        """Say the actor's own document."""
        return self.say(type, actor_document(self.key), **changes)

    def post(self, number: int, type: str = "Create", **changes: Any) -> Leaf:
        """Say a note, or a new version of it."""
        return self.say(type, note(number, **changes))

    def head(self, size: int | None = None) -> Checkpoint:
        """The head over the first entries."""
        entries = self.entries[:size]
        return Checkpoint(self.name, len(entries), root_of(leaf_hashes(entries)))

    def sign(self, size: int | None = None) -> bytes:
        """That head as a signed note."""
        return sign_checkpoint(self.head(size), key=self.log_key)


def actor_document(key: Ed25519PrivateKey, **changes: Any) -> dict[str, Any]:
    return {
        "id": ACTOR,
        "type": "Person",
        "preferredUsername": "strike",
        "inbox": f"{ACTOR}/inbox",
        "assertionMethod": [
            {
                "id": f"{ACTOR}#ed25519-key",
                "type": "Multikey",
                "controller": ACTOR,
                "publicKeyMultibase": encode_multikey(key.public_key()),
            }
        ],
        **changes,
    }


def note(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{HOME}/objects/{number}",
        "type": "Note",
        "attributedTo": ACTOR,
        "content": f"<p>Update {number}</p>",
        "to": [PUBLIC],
        **changes,
    }


def held(leaf: Leaf, **changes: Any) -> Leaf:
    """The leaf as one whose activity is here."""
    return replace(leaf, state="held", actor=ActorId(ACTOR), body=b"{}", **changes)
