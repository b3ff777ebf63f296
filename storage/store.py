"""What the floors above may ask of a store: one small protocol per noun.

Every verb is one atomic step that can safely be repeated; ids come from the caller; each docstring is the
verb's contract, held by `tests/storage/`. `add_` tells whether the thing is new, `get_` raises `NotFound`,
`find_` may return None, `list_` is ordered and bounded, `claim_` lends work until a lease lapses.
Any verb that writes may raise `StoreFull`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.ids import ActivityId, ActorId, Did, Host, InboxUrl, KeyId, Lease, ObjectId
from storage.records import (
    Activity,
    Charter,
    ClaimedReceived,
    CommentState,
    Delivery,
    DeliveryResult,
    Entry,
    Follower,
    FollowerState,
    Following,
    FollowingState,
    HostHealth,
    LocalActor,
    NewDelivery,
    PlacedEntry,
    Post,
    Received,
    RemoteActor,
    RemoteKey,
    RemotePost,
    Union,
)


class Unions(Protocol):
    """Whose store this is, and the charters it knows."""

    async def add_union(self, union: Union) -> bool:
        """Write the one row; False when it stands already; `WrongStore` when another union's stands there."""

    async def find_union(self) -> Union | None:
        """The union this store belongs to, or None in an empty store."""

    async def add_charter(self, charter: Charter) -> bool:
        """Keep a charter; False when the same (did, epoch, digest) is kept already."""

    async def list_charters(self, did: Did) -> list[Charter]:
        """All charters of a union, newest epoch first."""


class Actors(Protocol):
    """Our own actors."""

    async def add_actor(self, actor: LocalActor) -> bool:
        """Keep a new actor; False when its id or handle is taken."""

    async def save_actor(self, actor: LocalActor) -> None:
        """Replace an actor of ours; `NotFound` when there is none of this id."""

    async def find_actor(self, id: ActorId) -> LocalActor | None: ...

    async def find_actor_by_handle(self, handle: str) -> LocalActor | None: ...

    async def list_actors(self) -> list[LocalActor]:
        """All, oldest first."""


class Log(Protocol):
    """The union's record: numbered entries, and the exact bytes of what they commit to."""

    async def append(self, entry: Entry, activity: Activity, *, expecting: int) -> int:
        """Put the entry at place `expecting` with its activity's bytes, durably; the size after it.

        `HeadMoved` when the size is not `expecting` (nothing is kept). Appending an activity id that stands
        in the log already is `HeadMoved` too: read again and see it.
        """

    async def size(self) -> int:
        """How many entries there are; the next one's place."""

    async def find_entry(self, activity: ActivityId) -> PlacedEntry | None: ...

    async def list_entries(self, start: int, limit: int) -> list[PlacedEntry]:
        """Entries from place `start`, in order."""

    async def find_last_entry(self) -> PlacedEntry | None:
        """The newest entry, or None while the log is empty."""

    async def list_object_entries(self, object: ObjectId) -> list[PlacedEntry]:
        """Every entry about an object, in order."""

    async def get_cursor(self, name: str) -> int:
        """How many entries the reader `name` has read; 0 at first."""

    async def advance_cursor(self, name: str, *, expecting: int, to: int) -> bool:
        """Move a reader on; False when it does not stand at `expecting` (somebody else moved it)."""


class Activities(Protocol):
    """Bytes of every activity of ours, logged or private."""

    async def add_activity(self, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
        """Keep a private activity (Accept, Follow…) with its deliveries, in one step; False when it is known.

        When it is known, deliveries that are missing are still added.
        """

    async def find_activity(self, id: ActivityId) -> Activity | None: ...

    async def list_activities(self, ids: Sequence[ActivityId]) -> list[Activity]:
        """Those of these ids that are kept, in the order of `ids`."""


class Posts(Protocol):
    """Updates as pages: derived from the log."""

    async def save_post(self, post: Post) -> None:
        """Add or replace the row of this post; its tags with it."""

    async def find_post(self, id: ObjectId) -> Post | None: ...

    async def list_posts(
        self, actor: ActorId | None, *, before: str | None, limit: int, tag: str | None = None
    ) -> list[Post]:
        """Posts not retracted, newest first, with serials below `before`; of one actor, or of all with None."""

    async def count_posts(self, actor: ActorId | None) -> int:
        """How many posts are not retracted."""

    async def drop_posts(self) -> None:
        """Forget all rows, to make them again from the log."""


class Followers(Protocol):
    """Who follows our actors."""

    async def save_follower(self, follower: Follower) -> bool:
        """Add or replace the pair (actor, follows); True when the pair is new."""

    async def find_follower(self, actor: ActorId, follows: ActorId) -> Follower | None: ...

    async def set_follower_state(self, actor: ActorId, follows: ActorId, state: FollowerState) -> bool:
        """False when there is no such pair."""

    async def remove_follower(self, actor: ActorId, follows: ActorId) -> bool:
        """False when there is no such pair."""

    async def remove_follow(self, activity: ActivityId, actor: ActorId) -> bool:
        """Drop the follow that `actor` named so; False when there is none."""

    async def remove_follower_everywhere(self, actor: ActorId) -> int:
        """A remote actor is gone: drop all its follows; how many there were."""

    async def list_followers(self, follows: ActorId | None, *, after: ActorId | None, limit: int) -> list[Follower]:
        """In order of (actor, follows) with actor above `after`; of one of our actors, or of all with None."""

    async def count_followers(self, follows: ActorId) -> int:
        """Accepted ones."""

    async def list_delivery_inboxes(self, follows: ActorId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        """Distinct inboxes of accepted followers (shared inbox first), in order, above `after`."""


class FollowingOf(Protocol):
    """Whom our actors follow."""

    async def save_following(self, following: Following) -> bool:
        """Add or replace the pair (actor, follows); True when the pair is new."""

    async def find_following(self, actor: ActorId, follows: ActorId) -> Following | None: ...

    async def set_following_state(self, activity: ActivityId, follows: ActorId, state: FollowingState) -> bool:
        """Answer our Follow `activity` of `follows`; False when we asked no such thing."""

    async def remove_following(self, actor: ActorId, follows: ActorId) -> bool:
        """False when there is no such pair."""

    async def list_following(self, actor: ActorId | None = None) -> list[Following]:
        """Oldest first."""

    async def is_followed(self, remote: ActorId) -> bool:
        """Whether any of our actors follows `remote`, accepted."""


class Deliveries(Protocol):
    """The queue outwards. Keyed by (activity, inbox); work is lent, never handed over."""

    async def add_deliveries(self, deliveries: Sequence[NewDelivery], *, now: datetime) -> int:
        """Queue those not queued yet; how many were new. A Delete cancels what waits before it.

        For each new delivery of type Delete: every earlier delivery of its object to its inbox that is waiting and
        not lent becomes `cancelled`.
        """

    async def claim_deliveries(
        self,
        *,
        now: datetime,
        until: datetime,
        lease: Lease,
        limit: int,
        per_host: int,
        busy: Collection[Host],
    ) -> list[Delivery]:
        """Lend up to `limit` due deliveries, at most `per_host` of one host, none of `busy` hosts, oldest due first.

        Due: waiting, `due_at` ≤ now, and no earlier delivery of the same object to the same inbox is waiting.
        Each gets the lease and `due_at` = until.
        """

    async def finish_deliveries(self, results: Sequence[DeliveryResult]) -> int:
        """Write results; those whose lease is no longer ours are left alone. How many were written.

        A result `waiting` for which a later Delete of the same object to the same inbox is queued becomes
        `cancelled`.
        """

    async def next_delivery_due(self, *, busy: Collection[Host]) -> datetime | None:
        """When the earliest waiting delivery of a host not `busy` is due, or None."""

    async def postpone_host(self, host: Host, *, until: datetime) -> int:
        """The host rests: its waiting, unlent deliveries due before `until` become due then; how many."""

    async def hasten_host(self, host: Host, *, now: datetime) -> int:
        """The host lives: its waiting, unlent deliveries due later become due now; how many."""

    async def list_deliveries(
        self, activity: ActivityId | None, object: ObjectId | None, *, after: int | None, limit: int
    ) -> list[Delivery]:
        """Newest first, with serials below `after`; of an activity or of an object when given."""

    async def count_deliveries(self) -> dict[str, int]:
        """How many there are in each state."""

    async def list_object_inboxes(self, object: ObjectId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        """Distinct inboxes to which anything about this object was queued, in order, above `after`."""

    async def remove_deliveries(self, *, finished_before: datetime, limit: int) -> int:
        """Forget delivered and cancelled ones made before then, at most `limit`; how many. Dead ones stay."""

    async def cancel_host_deliveries(self, host: Host) -> int:
        """Cancel everything waiting for a host; how many."""


class Hosts(Protocol):
    """Health of other hosts, a bounded table: only hosts in trouble have a row."""

    async def find_host(self, host: Host) -> HostHealth | None: ...

    async def save_host(self, health: HostHealth, *, keep: int) -> None:
        """Add or replace; beyond `keep` rows the one whose rest ends first goes."""

    async def remove_host(self, host: Host) -> bool:
        """The host is well again; False when it had no row."""

    async def list_hosts(self, *, limit: int) -> list[HostHealth]:
        """Longest-resting first."""


class Inbox(Protocol):
    """Verified activities from outside, each stored once."""

    async def add_received(self, received: Received) -> bool:
        """Store it durably; False when its id was stored before (even if its work is done)."""

    async def claim_received(
        self, *, now: datetime, until: datetime, lease: Lease, limit: int
    ) -> list[ClaimedReceived]:
        """Lend up to `limit` due ones, oldest first."""

    async def finish_received(
        self, id: ActivityId, lease: Lease, *, error: str | None, retry_at: datetime | None
    ) -> None:
        """Done (no error), to be tried again at `retry_at`, or failed for good (error, no `retry_at`).

        Done and failed ones keep their id and lose their body. `LeaseLost` when the lease is no longer ours.
        """

    async def next_received_due(self) -> datetime | None: ...

    async def count_received(self) -> dict[str, int]:
        """How many there are in each state: waiting, done, failed."""

    async def remove_received(self, *, finished_before: datetime, limit: int) -> int:
        """Forget the ids of what was received and finished before then, at most `limit`; how many."""


class Remotes(Protocol):
    """Other people's actors and notes."""

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        """Add or replace the actor and all its keys."""

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None: ...

    async def find_remote_key(self, id: KeyId) -> RemoteKey | None: ...

    async def remove_remote_actor(self, id: ActorId) -> bool:
        """Drop the actor, its keys and its notes; False when unknown."""

    async def save_remote_post(self, post: RemotePost) -> bool:
        """Add or replace by (id), unless it was deleted before or is another actor's: then False."""

    async def find_remote_post(self, id: ObjectId) -> RemotePost | None:
        """None also for a deleted one."""

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> bool:
        """Erase its content and remember the id, so that a late Create stays refused. Also for an id never seen.

        False when the note is another actor's (nothing changes).
        """

    async def list_timeline(self, *, before: datetime | None, limit: int) -> list[RemotePost]:
        """Notes of those we follow, newest published first."""

    async def list_comments(
        self, on: ObjectId | None, *, state: CommentState | None, before: datetime | None, limit: int
    ) -> list[RemotePost]:
        """Replies to our updates, newest received first."""


class Store(
    Unions,
    Actors,
    Log,
    Activities,
    Posts,
    Followers,
    FollowingOf,
    Deliveries,
    Hosts,
    Inbox,
    Remotes,
    Protocol,
):
    """All of it, and its end."""

    async def check(self) -> list[str]:
        """Problems with the stored bytes, as sentences; empty when sound."""

    async def back_up(self, path: str) -> None:
        """Write a consistent copy to a new file at `path`."""

    async def close(self) -> None:
        """Finish what is under way and let go of the store; may be called twice."""
