"""Unions' logs as this node keeps them, its own and its peers', and the pacts with those peers.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from storage.ids import ActivityId, ActorId, Did, Digest, LogName, ObjectId
from storage.records import (
    LEAF_STATES,
    Evidence,
    HeldMedia,
    KeptLog,
    Leaf,
    LeafState,
    LogMeasure,
    LogState,
    Peer,
    Receipt,
    Retraction,
    Taking,
    Tile,
    Withheld,
)


class KeptLogs(Protocol):
    """Trees, leaves and signed heads; of our own log and of each one we mirror."""

    async def add_log(self, log: KeptLog) -> bool:
        """Begin to keep a log, empty (`StorageError` otherwise); False when one of this name is kept."""

    async def find_log(self, name: LogName) -> KeptLog | None:
        """The log, whatever its state."""

    async def list_logs(self, did: Did | None = None) -> list[KeptLog]:
        """All, or those of one union: by did, newest epoch first."""

    async def set_log_state(self, name: LogName, state: LogState) -> bool:
        """False when there is no such log."""

    async def grow_log(self, name: LogName, *, expecting: int, leaves: Sequence[Leaf], tiles: Sequence[Tile]) -> bool:
        """In one durable step keep these leaves, which follow on `expecting`, and replace these tiles.

        False, and nothing is kept, when the log is not of that size. `NotFound` when there is no such log.
        `StorageError` when places have gaps, or a leaf has no body and is held or hidden, or has one and is neither.
        """

    async def find_tiles(self, name: LogName, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """The hashes of the tiles at these (level, number), as far as they are kept."""

    async def list_leaves(self, name: LogName, start: int, limit: int, *, with_bodies: bool = True) -> list[Leaf]:
        """Leaves from place `start`, in order; `body` is None where bodies are not asked for."""

    async def find_leaf(self, name: LogName, digest: str) -> Leaf | None:
        """The first leaf whose activity has this digest."""

    async def list_object_leaves(
        self, name: LogName, objects: Collection[ObjectId], *, states: Collection[LeafState] = LEAF_STATES
    ) -> list[Leaf]:
        """Every leaf about these that is in one of these states, in order, without bodies. There may be a million."""

    async def find_newest_takings(
        self, name: LogName, objects: Collection[ObjectId], taking: Taking, *, below: int
    ) -> dict[ObjectId, int]:
        """The place of the newest such leaf about each of these, below a place; nothing of those without any."""

    async def list_takeable(
        self,
        name: LogName,
        below: Mapping[ObjectId, int],
        taking: Taking,
        *,
        states: Collection[LeafState],
        limit: int,
    ) -> list[Leaf]:
        """Leaves that such a leaf at these places takes back, by object; in one of these states, in order, no bodies.

        There may be a million: any `limit` of them, so that whoever withdraws them asks again.
        """

    async def list_standing_versions(self, name: LogName, objects: Collection[ObjectId]) -> list[Leaf]:
        """What stands of these notes, whatever its state, in order, without bodies."""

    async def list_hidden_objects(self, name: LogName, *, since: datetime, limit: int) -> list[ObjectId]:
        """Of what something was hidden after then and is not purged; at most so many, in no order."""

    async def list_standing(
        self, name: LogName, actor: ActorId | None, *, before: int | None, limit: int, with_bodies: bool = True
    ) -> list[Leaf]:
        """Standing notes that are held, newest place first, below `before`; of one actor or of all."""

    async def find_standing(self, name: LogName, object: ObjectId) -> Leaf | None:
        """The standing version of this note, with its body as soon as that is held."""

    async def list_profiles(self, name: LogName) -> list[Leaf]:
        """Of each actor the newest held Create or Update about itself, with its body, in order of places."""

    async def list_wanted(self, name: LogName, *, after: int, limit: int) -> list[Leaf]:
        """Leaves whose activity is to be fetched, in order, behind place `after`; -1 begins at the first."""

    async def keep_bodies(self, name: LogName, bodies: Mapping[int, tuple[ActorId, bytes]], *, at: datetime) -> int:
        """Of these places those that are wanted become held, with who says it and the bytes; how many."""

    async def withdraw_leaves(
        self,
        name: LogName,
        *,
        expecting: int,
        to: int,
        places: Collection[int],
        standing: Mapping[int, bool],
        at: datetime,
    ) -> bool:
        """Move `withdrawn_to` on in one step: `places` become hidden (held) or gone (wanted), `is_standing` as told.

        `to` may be `expecting`, to take back what no leaf did (a retraction signed with the kit); the grace begins with
        `at`. False, and nothing is changed, when it does not stand at `expecting` or `to` lies beyond the size.
        """

    async def purge_leaves(self, *, hidden_before: datetime, limit: int) -> int:
        """Forget the bodies of what was hidden before then, oldest first: gone; how many, `limit` at most.

        `changed_at` stays when they were taken back.
        """

    async def erase_leaves(self, name: LogName, places: Collection[int], *, at: datetime) -> int:
        """Forget the bodies at these places at once, whatever became of them before: gone, and none of them stands.

        How many were not gone before.
        """

    async def measure_log(self, name: LogName) -> LogMeasure:
        """What it takes; zeros for a log that is not kept."""

    async def measure_leaves(self, name: LogName, start: int, end: int) -> int:
        """Bytes of the entries at the places [start, end) and of their activities that are kept."""

    async def count_leaves_since(self, did: Did, since: datetime) -> int:
        """How many leaves of a union's logs were kept then or later (`kept_at`); what two epochs share counts once."""

    async def set_pending(self, name: LogName, *, expecting: int, size: int, checkpoint: bytes) -> bool:
        """Compare and set: the pending head, when its size is `expecting` and `size` not smaller; else False."""

    async def set_checkpoint(
        self, name: LogName, *, expecting: int, size: int, checkpoint: bytes, at: datetime
    ) -> bool:
        """Compare and set: the checkpoint, when its size is `expecting`; never smaller, nor beyond what is kept."""


class Receipts(Protocol):
    """What mirrors have promised about logs."""

    async def save_receipt(self, receipt: Receipt) -> bool:
        """Keep it unless a newer one of this mirror for this log is kept (by size, then time); whether it was kept."""

    async def list_receipts(self, log: LogName) -> list[Receipt]:
        """Largest size first, then newest, then by mirror."""


class Peers(Protocol):
    """Pacts."""

    async def add_peer(self, peer: Peer) -> bool:
        """False when this did is kept already."""

    async def save_peer(self, peer: Peer, *, instead_of: Peer | None = None) -> bool:
        """Replace it; False when there is none of this did, or, if given, it is not `instead_of` any more."""

    async def find_peer(self, did: Did) -> Peer | None:
        """The peer, in whatever state."""

    async def find_peer_by_actor(self, actor: ActorId) -> Peer | None:
        """The peer whose instance actor this is."""

    async def list_peers(self) -> list[Peer]:
        """All, by when they were added, then by did."""

    async def forget_peer(self, did: Did) -> bool:
        """Drop the peer and everything held of its union: logs, tiles, leaves, receipts, media rows, what was withheld.

        Evidence, charters, the files themselves and its receipts for others' logs stay. False when there is none. The
        logs are out of sight at once and the peer is "removed"; then their rows go by pages, and the peer itself last:
        broken off, it is given again.
        """


class Holdings(Protocol):
    """What goes along with held logs: evidence, what is withheld, media."""

    async def add_evidence(self, evidence: Evidence) -> bool:
        """False when the same is kept."""

    async def list_evidence(self, did: Did | None = None) -> list[Evidence]:
        """Oldest first."""

    async def withhold(self, withheld: Withheld) -> None:
        """Add or replace."""

    async def show_again(self, did: Did, object: ObjectId) -> bool:
        """False when it was not withheld."""

    async def list_withheld(self, did: Did) -> list[Withheld]:
        """By object."""

    async def save_held_media(self, media: Sequence[HeldMedia]) -> None:
        """Add or replace each by (did, digest)."""

    async def list_held_media(
        self, did: Did | None, *, is_held: bool | None, after: Digest | None, limit: int
    ) -> list[HeldMedia]:
        """By digest, then did, behind `after`; of one union or of all, held, not held or both.

        Of all, a page holds a few more than `limit` rather than end between two unions that have the same file.
        """

    async def measure_held_media(self, did: Did) -> tuple[int, int]:
        """Bytes held, and files that are named and not held."""


class Retractions(Protocol):
    """What unions took back with their kits, ours too."""

    async def add_retraction(self, retraction: Retraction) -> bool:
        """False when one of this object of this union is kept already; that one stays."""

    async def find_retraction(self, did: Did, object: ObjectId) -> Retraction | None:
        """The one about this object."""

    async def list_retractions(self, did: Did) -> list[Retraction]:
        """Kept last first, then by object."""


class OwnActivities(Protocol):
    """Purging our own log."""

    async def purge_activities(self, ids: Collection[ActivityId]) -> int:
        """Replace the bodies of these activities by nothing, unless a delivery of one waits; how many."""
