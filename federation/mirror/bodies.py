"""An activity of another union's log, checked against its entry and against what the same log said before; pure.

Nothing is fetched for it: keys come from actor documents at earlier places of the same log.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from federation.activitystreams.actor_keys import read_keys
from federation.activitystreams.model import IncomingActivity
from federation.activitystreams.parse import parse_activity
from federation.activitystreams.remote_actor import ACTOR_TYPES
from federation.errors import BadKey, BadSignature, FederationError, Unintelligible
from federation.keys import PublicKey, load_multikey, multihash_sha256
from federation.mirror.entries import is_actor_id, lies_home
from federation.mirror.errors import BadSource, BrokenLog
from federation.proofs import integrity
from federation.proofs.jcs import canonical, load_canonical
from federation.strictjson import JsonObject
from storage.ids import ActorId
from storage.records import Leaf

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a key was fetched that never is."""
_EXEMPT: Final = frozenset({"Add", "Remove"})
_MIRRORS: Final = "/mirrors"


@dataclass(slots=True)
class KeyRing:
    """Which keys an actor had at which place of a log."""

    _documents: dict[ActorId, list[tuple[int, Mapping[str, PublicKey]]]] = field(default_factory=dict)

    def learn(self, actor: ActorId, place: int, document: JsonObject) -> None:
        """From this place on the actor has the keys of this document."""
        rows = self._documents.setdefault(actor, [])
        at = bisect_left([row[0] for row in rows], place)
        if at == len(rows) or rows[at][0] != place:
            rows.insert(at, (place, keys_in(document, actor)))

    def find(self, actor: ActorId, place: int) -> Mapping[str, PublicKey] | None:
        """Its keys just before this place; None when there is no document of it before."""
        rows = self._documents.get(actor, [])
        at = bisect_left([row[0] for row in rows], place)
        return rows[at - 1][1] if at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An activity that is what its entry commits to."""

    actor: ActorId
    document: JsonObject
    body: bytes


def keys_in(document: JsonObject, actor: ActorId) -> Mapping[str, PublicKey]:
    """The Ed25519 keys that an actor's document shows as its own, by id."""
    found = read_keys(document, actor, _NEVER)
    return {key.id: load_multikey(key.public) for key in found if key.kind == "ed25519"}


def profile_in(document: JsonObject, actor: ActorId) -> JsonObject | None:
    """The actor's own document inside of a Create or Update of it."""
    embedded = document.get("object")
    is_profile = isinstance(embedded, dict) and embedded.get("id") == actor
    return embedded if is_profile and isinstance(embedded, dict) else None


def check_digest(leaf: Leaf, body: bytes) -> None:
    """`BadSource` for other bytes than the entry names: whoever sent them is wrong, not the log."""
    if multihash_sha256(body) != leaf.digest:
        raise BadSource(f"The bytes of activity {leaf.place} are not those that the log's entry names.")


def check_body(leaf: Leaf, body: bytes, ring: KeyRing, origins: Collection[str]) -> Checked:
    """Prove that this is the activity of the leaf, by its actor's own key; teaches the ring a new actor document.

    `BadSource` for other bytes; `BrokenLog` when the log names bytes that no log may hold.
    """
    return judge_body(leaf, read_body(leaf, body), body, ring, origins)


def read_body(leaf: Leaf, body: bytes) -> JsonObject:
    """The document in the bytes that the leaf names; raises what `check_body` does."""
    check_digest(leaf, body)
    try:
        document = load_canonical(body)
    except FederationError as problem:
        raise _broken(leaf, body, problem) from problem
    return document


def judge_body(leaf: Leaf, document: JsonObject, body: bytes, ring: KeyRing, origins: Collection[str]) -> Checked:
    """The same for a document that was read already; raises `BrokenLog`."""
    try:
        activity = parse_activity(document)
        _check_entry(leaf, activity, document)
        _check_homes(activity, document, origins)
        _check_public(activity)
        _check_whole(activity)
        profile = _find_profile(activity, document)
        _check_proof(leaf, activity, document, body, profile, ring)
    except FederationError as problem:
        raise _broken(leaf, body, problem) from problem
    if profile is not None:
        ring.learn(activity.actor, leaf.place, profile)
    return Checked(actor=activity.actor, document=document, body=body)


def _broken(leaf: Leaf, body: bytes, problem: FederationError) -> BrokenLog:
    return BrokenLog(
        f"The log names an activity that no log may hold ({leaf.activity}: {problem}); it is stopped. Ask the union by "
        "phone what happened.",
        first=leaf.entry,
        second=body,
    )


def _check_entry(leaf: Leaf, activity: IncomingActivity, document: JsonObject) -> None:
    """The entry that this activity has is the one that stands in the log, byte for byte."""
    entry: JsonObject = {
        "activity": document.get("id"),
        "digest": leaf.digest,
        "object": activity.object.id if activity.object is not None else None,
        "published": document.get("published"),
        "type": document.get("type"),
    }
    if canonical(entry) != leaf.entry:
        raise Unintelligible("its entry says something else of it")
    if document.get("actor") != activity.actor:
        raise Unintelligible("its actor is not one plain id")


def _check_homes(activity: IncomingActivity, document: JsonObject, origins: Collection[str]) -> None:
    """The object of an Announce, and of Add and Remove in the mirrors' collection, may be anybody's."""
    ids = [activity.actor, activity.id]
    if activity.object is not None and not _is_exempt(activity, document):
        ids.extend(id for id in (activity.object.id, activity.object.author, activity.object.actor) if id is not None)
    if not all(lies_home(id, origins) for id in ids):
        raise Unintelligible("it names something on a host that is no home of its union")


def _is_exempt(activity: IncomingActivity, document: JsonObject) -> bool:
    target = document.get("target")
    about_mirrors = isinstance(target, str) and target.endswith(_MIRRORS) and activity.type in _EXEMPT
    return activity.type == "Announce" or about_mirrors


def _check_public(activity: IncomingActivity) -> None:
    """What is not for everybody is never mirrored (ORG-30), and a note says so itself too."""
    inner = activity.object
    if not activity.is_public or (
        inner is not None and inner.embedded and inner.type == "Note" and not inner.is_public
    ):
        raise Unintelligible("it is not addressed to the public")


def _check_whole(activity: IncomingActivity) -> None:
    """What is said is in it: a mirror shows only what its union signed."""
    if activity.type in {"Create", "Update"} and (activity.object is None or not activity.object.embedded):
        raise Unintelligible("it only names what it says")


def _find_profile(activity: IncomingActivity, document: JsonObject) -> JsonObject | None:
    """The actor document in it; one of another actor is refused."""
    inner = activity.object
    if inner is None or not inner.embedded or activity.type not in {"Create", "Update"}:
        return None
    if inner.type in ACTOR_TYPES or (inner.id is not None and is_actor_id(inner.id)):
        if not activity.is_about_itself or inner.type not in ACTOR_TYPES:
            raise Unintelligible("it changes an actor that it does not speak for")
        return profile_in(document, activity.actor)
    if inner.author is not None and inner.author != activity.actor:
        raise Unintelligible("its words are another actor's")
    return None


def _check_proof(
    leaf: Leaf,
    activity: IncomingActivity,
    document: JsonObject,
    body: bytes,
    profile: JsonObject | None,
    ring: KeyRing,
) -> None:
    """By a key of the actor's document before it; its very first document proves itself, and the log vouches for it."""
    keys = ring.find(activity.actor, leaf.place)
    if keys is None and profile is not None and activity.type == "Create":
        keys = keys_in(profile, activity.actor)
    method = integrity.read_method(document)
    key = (keys or {}).get(method)
    if key is None:
        raise BadSignature("its proof names a key that its actor had not shown in this log before")
    try:
        integrity.verify(document, key, method=method, form=body)
    except BadKey as problem:
        raise BadSignature(str(problem)) from None
