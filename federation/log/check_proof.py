"""Check a `.tlog-proof` of an update offline, from the union's key or fingerprint up (C2SP tlog-proof, protocol §3).

Nothing in the file is believed because it is there: the charter must be signed by the root key that the reader named,
the head by the log key of that charter, the entry must stand under that head, the activity must be the one the entry
commits to, and each receipt must be made with the key that its own union's charter names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.activitystreams.parse import read_id, read_time
from federation.addresses import origin_or_none
from federation.errors import BadKey, BadSignature, Unintelligible
from federation.identity.charter import CharterClaims, read_charter
from federation.identity.fingerprint import find_misspelling, is_fingerprint_of, words
from federation.keys import PublicKey, load_multikey, multihash_sha256
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.tlog.checkpoints import Checkpoint, open_checkpoint, origin_of
from federation.tlog.cosignatures import MAX_AHEAD, cosigned_at
from federation.tlog.errors import BadProof, ForgedCheckpoint, NotSigned
from federation.tlog.merkle import leaf_hash, verify_inclusion
from federation.tlog.notes import Note, read_note
from federation.tlog.proof_file import TlogProof, read_proof
from storage.ids import ActorId, Did, ObjectId

LARGEST_PROOF: Final = 4 * 1024 * 1024
"""Bytes; an activity has 60 KiB at most, a charter a few more, and there are 15 receipts."""
_MOST_CHARTERS: Final = 64
_MIRROR: Final = "/mirror"
_FIELDS: Final = ("activity", "digest", "object", "published", "type")


class Forged(BadProof):
    """A part of the proof does not fit the others, or is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A mirror whose receipt was checked."""

    union: Did
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What the file proves."""

    charter: CharterClaims
    head: Checkpoint
    index: int
    type: str
    activity: str
    object: ObjectId
    actor: ActorId
    published_at: datetime
    document: JsonObject
    """The activity, whole."""
    signers: tuple[Signer, ...]
    unchecked: tuple[str, ...]
    """Names of signatures whose keys the file does not show."""
    ahead: tuple[str, ...]
    """Names of mirrors whose receipts are dated in the future, so that they count for nothing (protocol §4)."""
    has_actor_proof: bool
    """Whether the actor's own key was in the file and signed the activity."""
    is_at_home: bool
    """Whether actor and object lie on a home that this charter names."""

    @property
    def as_of(self) -> datetime:
        """The newest time that somebody other than the union vouches for; without any, its own."""
        return max((signer.at for signer in self.signers), default=self.published_at)


def check_proof(raw: bytes, union: str, *, now: datetime | None = None) -> Proved:
    """Check a proof for the union of this did, or of these fingerprint words or digits.

    What is dated over five minutes after `now`, the reader's clock, vouches for nothing.
    Raises `Forged`, and what is wrong with a part of it as its reader says.
    """
    _check_spelling(union)
    proof = read_proof(raw)
    extra = _read_extra(proof)
    charter = _check_charter(extra, union)
    head = _check_head(proof, charter)
    entry, activity = _object(extra, "entry"), _object(extra, "activity")
    _check_inclusion(proof, head, entry)
    _check_activity(entry, activity)
    found, unchecked = _check_cosigners(proof, head, extra)
    signers = tuple(one for one in found if now is None or one.at <= now + MAX_AHEAD)
    actor, about = ActorId(str(read_id(activity.get("actor")))), str(entry["object"])
    return Proved(
        charter=charter,
        head=head,
        index=proof.index,
        type=str(entry["type"]),
        activity=str(entry["activity"]),
        object=ObjectId(about),
        actor=actor,
        published_at=_time(entry),
        document=activity,
        signers=signers,
        unchecked=unchecked,
        ahead=tuple(one.name for one in found if one not in signers),
        has_actor_proof=_check_actor_proof(activity, actor),
        is_at_home=_is_at_home(charter, actor, str(entry["activity"]), _own_object(entry)),
    )


def _read_extra(proof: TlogProof) -> JsonObject:
    if proof.extra is None:
        raise Forged(
            "The file is a proof, but has no `extra` line: without the update and the charter nothing can be checked. "
            "Download it again from the page of the update."
        )
    try:
        return load_object(proof.extra)
    except Unintelligible:
        raise Forged(
            "What the file holds beside the proof cannot be read: it was damaged or altered. Do not believe it; "
            "download it again."
        ) from None


def _object(extra: JsonObject, name: str) -> JsonObject:
    value = extra.get(name)
    if not isinstance(value, dict):
        raise Forged(f"The file lacks its {name}. It is cut, or was never whole: download it again.")
    return value


def _check_charter(extra: JsonObject, union: str) -> CharterClaims:
    """The charter by its own root key; then whether that is the one the reader asked for."""
    try:
        charter = read_charter(canonical(_object(extra, "charter")))
    except BadSignature as error:
        raise Forged(f"The charter in the file is forged: it is not signed by the root key it names. {error}") from None
    if not _is_meant(union, charter.union):
        raise Forged(
            f"The file is another union's: it proves something about “{words(charter.union)}” ({charter.union}), and "
            f"you asked for {union.strip()}. Do not believe that it is theirs."
        )
    return charter


def _check_spelling(asked: str) -> None:
    """A slip of the reader's must not look like a forgery."""
    wrong = None if asked.strip().startswith("did:") else find_misspelling(asked)
    if wrong is not None:
        raise BadProof(
            f"“{asked.strip()}” can be no union's fingerprint: {wrong}. Nothing was checked. Give the eight words as "
            "they stand on its posters, in quotes."
        )


def _is_meant(asked: str, union: Did) -> bool:
    text = asked.strip()
    return text == union if text.startswith("did:") else is_fingerprint_of(text, union)


def _check_head(proof: TlogProof, charter: CharterClaims) -> Checkpoint:
    origin = f"{charter.union}/{charter.epoch}"
    if origin_of(proof.checkpoint) != origin:
        raise Forged(
            "The head in the file is of another log than its charter speaks for: the two do not belong together."
        )
    try:
        return open_checkpoint(proof.checkpoint, origin=origin, public=load_multikey(charter.log_key))
    except ForgedCheckpoint:
        raise Forged(
            "The head of the record is not signed by the union's log key: it was altered, or somebody else made it."
        ) from None


def _check_inclusion(proof: TlogProof, head: Checkpoint, entry: JsonObject) -> None:
    try:
        verify_inclusion(
            leaf=leaf_hash(canonical(entry)),
            index=proof.index,
            size=head.size,
            root=head.root,
            proof=proof.inclusion,
        )
    except BadProof:
        raise Forged(
            f"The entry does not stand at place {proof.index} of the union's record of {head.size} entries: the entry, "
            "its place or the way to the head was altered."
        ) from None


def _check_activity(entry: JsonObject, activity: JsonObject) -> None:
    """The entry commits to exactly these bytes, and says of them what they say of themselves."""
    if entry.keys() != set(_FIELDS) or not all(isinstance(entry[name], str) for name in _FIELDS):
        raise Forged("The entry in the file is not one of a union's record: its members are others.")
    if multihash_sha256(canonical(activity)) != entry["digest"]:
        raise Forged(
            "The update in the file is not the one in the record: at least one letter was altered after it was signed."
        )
    told = {
        "activity": read_id(activity.get("id")),
        "object": read_id(activity.get("object")),
        "published": activity.get("published"),
        "type": activity.get("type"),
    }
    for name, value in told.items():
        if entry[name] != value:
            raise Forged(f"The entry says another `{name}` of the update than the update itself: one of them is wrong.")
    if read_id(activity.get("actor")) is None:
        raise Forged("The update names nobody who says it.")


def _check_actor_proof(activity: JsonObject, actor: ActorId) -> bool:
    """The proof must be named after the actor's key; it is verified when the file shows that key."""
    if "proof" not in activity:
        return False
    method = integrity.read_method(activity)
    if method.partition("#")[0] != actor:
        raise Forged(f"The update speaks for {actor}, but its proof is by the key of somebody else, {method}.")
    key = _shown_key(activity, actor, method)
    if key is None:
        return False
    try:
        integrity.verify(activity, key, method=method)
    except BadSignature as error:
        raise Forged(f"The actor's own key did not sign this: {error}") from None
    return True


def _shown_key(activity: JsonObject, actor: ActorId, method: str) -> PublicKey | None:
    """The actor's key when the activity is about the actor itself, and so carries it."""
    document = activity.get("object")
    if not isinstance(document, dict) or document.get("id") != actor:
        return None
    methods = document.get("assertionMethod")
    for one in methods if isinstance(methods, list) else [methods]:
        if isinstance(one, dict) and one.get("id") == method and isinstance(one.get("publicKeyMultibase"), str):
            try:
                return load_multikey(str(one["publicKeyMultibase"]))
            except BadKey:
                return None
    return None


def _check_cosigners(
    proof: TlogProof, head: Checkpoint, extra: JsonObject
) -> tuple[tuple[Signer, ...], tuple[str, ...]]:
    """Who holds it, by receipts that fit the key in their own charter; and the names that nothing vouches for."""
    note, charters = read_note(proof.checkpoint), _read_charters(extra)
    names = dict.fromkeys(one.name for one in note.signatures if one.name != head.origin)
    signers, unchecked = [], []
    for name in names:
        charter = charters.get(Did(name.removesuffix(_MIRROR))) if name.endswith(_MIRROR) else None
        if charter is None:
            unchecked.append(name)
        else:
            signers.append(_check_receipt(note, name, charter))
    return tuple(sorted(signers, key=lambda one: one.at)), tuple(unchecked)


def _read_charters(extra: JsonObject) -> dict[Did, CharterClaims]:
    listed = extra.get("charters", [])
    if not isinstance(listed, list) or len(listed) > _MOST_CHARTERS:
        raise Forged("The charters of the mirrors are not a list, or too many: the file was not made by a node.")
    found = {charter.digest: charter for charter in map(_read_mirror_charter, listed)}.values()
    if len({charter.cosigner_key for charter in found}) < len(found):
        raise Forged(
            "Two mirrors in the file sign with one key: one of them passes off the receipt of the other as its own."
        )
    return {charter.union: charter for charter in found}


def _read_mirror_charter(document: JsonValue) -> CharterClaims:
    try:
        return read_charter(canonical(document))
    except (BadSignature, Unintelligible) as error:
        raise Forged(
            f"The charter of a mirror in the file is forged: the union it names did not sign it. {error}"
        ) from None


def _check_receipt(note: Note, name: str, charter: CharterClaims) -> Signer:
    try:
        at = cosigned_at(note, name=name, public=load_multikey(charter.cosigner_key))
    except NotSigned:
        at = None
    if at is None:
        raise Forged(
            f"The receipt of “{charter.name}” does not fit this head and the key in its charter: it was taken from "
            "elsewhere, altered, or somebody else made it."
        )
    return Signer(union=charter.union, name=charter.name, at=at)


def _own_object(entry: JsonObject) -> str | None:
    """The object where it must be the union's own; what is passed on, or mirrors it, may lie anywhere."""
    return None if entry["type"] in ("Announce", "Add", "Remove") else str(entry["object"])


def _is_at_home(charter: CharterClaims, *ids: str | None) -> bool:
    homes = {origin_or_none(home) for home in charter.homes}
    return all(origin_or_none(id) in homes for id in ids if id is not None)


def _time(entry: JsonObject) -> datetime:
    at = read_time(entry["published"])
    if at is None:
        raise Forged("The entry has no time that can be read.")
    return at
