"""Unions' logs as this node keeps them: its own, and those of its peers that it mirrors (protocol §3 and §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from storage.ids import ActivityId, ActorId, Did, Digest, LogName, ObjectId

LogState = Literal["ours", "following", "stopped", "ended"]
"""`stopped`: a fork was seen or an organiser froze it, so nothing more is taken; `ended`: a later epoch follows."""
LeafState = Literal["wanted", "held", "hidden", "gone"]
"""Of a leaf's activity: to be fetched, held, taken back by a later leaf and not yet purged, not kept (any more)."""
LEAF_STATES: Final[tuple[LeafState, ...]] = get_args(LeafState)
Taking = Literal["Update", "Delete"]
"""What takes earlier activities on its object back: an Update the versions of it, a Delete all but Deletes."""
TAKINGS: Final[tuple[Taking, ...]] = get_args(Taking)
VERSIONS: Final = ("Create", "Update")
"""Activities that carry a note's words."""
PeerState = Literal["asked", "waiting", "mutual", "removed"]
"""`asked`: by us; `waiting`: for our organisers; `removed`: by either side, and what is held stays."""
EvidenceKind = Literal["fork", "charter", "home", "unserved", "claim", "lapse"]
"""`fork`, `home` and `unserved` were signed with the log's key and stop it. `charter`: two of one epoch; `claim`:
another union's charter names its home, or ours; `lapse`: the union does not serve what it signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """Up to 256 hashes of one level of a log's tree, as tlog-tiles lays them out; a row only ever grows."""

    level: int
    number: int
    hashes: bytes
    """32 bytes for each hash that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLog:
    """One epoch of one union's log: how much of it is kept, and the heads that were signed for it."""

    name: LogName
    did: Did
    epoch: int
    state: LogState
    size: int
    """Leaves that are kept, with the tiles over them."""
    withdrawn_to: int
    """Leaves of which it was looked whether they take others back."""
    checkpoint: bytes | None
    """The signed note over `checkpoint_size` leaves: of ours the log's own, of a peer's the mirror checkpoint."""
    checkpoint_size: int
    checkpoint_at: datetime | None
    """Of ours when it was signed, of a peer's when it was cosigned last."""
    pending: bytes | None
    """A peer's newest head that is proved to extend all earlier ones, with or without its leaves here."""
    pending_size: int


def empty_log(name: LogName, *, did: Did, epoch: int, state: LogState) -> KeptLog:
    """A log of which nothing is kept yet, and for which no head was signed."""
    return KeptLog(
        name=name,
        did=did,
        epoch=epoch,
        state=state,
        size=0,
        withdrawn_to=0,
        checkpoint=None,
        checkpoint_size=0,
        checkpoint_at=None,
        pending=None,
        pending_size=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry of a kept log, and its activity as far as it is held."""

    place: int
    entry: bytes
    """The leaf: RFC 8785 of {activity, digest, object, published, type}."""
    digest: str
    """Multibase multihash of the activity's bytes, as the entry has it."""
    activity: ActivityId
    actor: ActorId | None
    """Who says it; None until the activity was held."""
    object: ObjectId
    type: str
    published_at: datetime
    state: LeafState
    is_standing: bool
    """Whether it is the newest Create or Update of a note that nobody took back: what pages show."""
    kept_at: datetime
    changed_at: datetime
    """When `state` became what it is."""
    body: bytes | None
    """The exact bytes; None unless it is held or hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMeasure:
    """What a kept log takes. Bytes count entries and activities."""

    bytes: int
    wanted: int
    """Leaves whose activity is still to be fetched."""
    held: int
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A mirror's cosignature on a head of a log; of each mirror the newest is kept."""

    log: LogName
    mirror: Did
    size: int
    at: datetime
    """As the cosignature says."""
    line: str
    """The note signature line, with its newline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two signed things that cannot both be right, or what a peer owes; kept until somebody looks."""

    did: Did
    kind: EvidenceKind
    digest: str
    """SHA-256 of both together, so that each is kept once."""
    first: bytes
    second: bytes
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Something of a peer's that this node's organisers do not show, and the reason that everybody may read."""

    did: Did
    object: ObjectId
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """What a union took back with its kit: kept for good, so that nobody brings it back."""

    did: Did
    object: ObjectId
    body: bytes
    """The signed document."""
    kept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMedia:
    """A file that a held activity names; its bytes lie among the blobs when `is_held`."""

    did: Did
    digest: Digest
    media_type: str
    size: int
    is_held: bool
    is_named: bool
    """Whether something that stands names it; else its bytes go after the grace."""
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another union with which a pact stands, was asked for, or ended."""

    did: Did
    """Pinned: the pact is with this key, wherever it lives."""
    url: str
    """The home it was pinned under, without a trailing slash."""
    actor: ActorId
    """Its instance actor."""
    name: str
    state: PeerState
    is_unlisted: bool
    """Whether its mirror is never named in public."""
    follow: ActivityId | None
    """Our Follow, that theirs is an answer to."""
    their_follow: ActivityId | None
    added_at: datetime
    confirmed_at: datetime | None
    """When a source other than its home answered with the same charter."""
    heard_at: datetime | None
    """When its home last answered us."""
    silent_since: datetime | None
    """Since when its home does not answer us; whether others have no answer either stands below."""
    poll_at: datetime
    """When it is asked next."""
    failures: int
    """Polls in a row without an answer."""
    is_accepted: bool = False
    """Whether they accepted our Follow."""
    is_ended: bool = False
    """Whether our own organisers ended the pact, and did not ask for another since: nothing of the union is shown."""
    chosen: str | None = None
    """Digest of the charter that our organisers chose when two of one epoch stood against each other."""
    silence_agreed_at: datetime | None = None
    """When another mirror said that it has no answer of its home either; None once none says so any more."""
    silence_denied_at: datetime | None = None
    """When other mirrors said that its home answers them, and none that it does not."""
