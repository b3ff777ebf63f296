"""Work under way: deliveries outwards, the hosts they go to, and what came in.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.ids import ActivityId, ActorId, Host, InboxUrl, Lease, ObjectId
from storage.records import (
    ClaimedReceived,
    Delivery,
    DeliveryResult,
    Fence,
    HostHealth,
    HostScheme,
    NewDelivery,
    QueueSummary,
    Received,
)


class Deliveries(Protocol):
    """The queue outwards. Keyed by (activity, inbox); work is lent, never handed over."""

    async def add_deliveries(
        self, deliveries: Sequence[NewDelivery], *, now: datetime, fence: Fence | None = None
    ) -> int:
        """Queue those not queued yet; how many were new. A Delete cancels what waits before it.

        For each new delivery of type Delete: every earlier delivery of its object to its inbox that is waiting and
        not lent becomes `cancelled`. `HeadMoved`, and nothing is kept, when the reader that the fence names does not
        stand where it says: whoever was slow cannot queue what others passed long ago.
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

    async def return_deliveries(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        """What a claim with this lease and `until` was lent and nobody ended is due now; how many.

        For a claim whose answer was lost: nothing of it was tried. May be said when nothing was lent.
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

    async def find_delivery(self, activity: ActivityId, inbox: InboxUrl) -> Delivery | None:
        """What became of an activity at an inbox, while that is kept."""

    async def is_waiting(self, activity: ActivityId) -> bool:
        """Whether a delivery of this activity still waits."""

    async def count_deliveries(self) -> dict[str, int]:
        """How many there are in each state."""

    async def summarise_queue(self, *, now: datetime, made_since: datetime) -> QueueSummary:
        """How much waits and for how long; dead ones are counted that were made at `made_since` or later."""

    async def list_object_inboxes(self, object: ObjectId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        """Distinct inboxes to which anything about this object was queued, in order, above `after`."""

    async def remove_deliveries(self, *, finished_before: datetime, limit: int) -> int:
        """Forget delivered and cancelled ones made before then, at most `limit`; how many. Dead ones stay.

        So do those of an update that stands (a post not retracted) or was retracted since then: whoever was sent
        an update must get its retraction too, even years later (`list_object_inboxes`).
        """

    async def cancel_host_deliveries(self, host: Host) -> int:
        """Cancel everything waiting for a host; how many."""

    async def cancel_inbox_deliveries(
        self, to: Collection[tuple[InboxUrl, Host]], *, actor: ActorId | None = None
    ) -> int:
        """Cancel what waits for these inboxes, by one of our actors or by all with None; how many.

        Reject and Undo still go: they end something, and whoever they are for should know.
        """

    async def list_waiting_hosts(self) -> list[Host]:
        """Hosts for which something waits, as the deliveries name them, in order."""


class Hosts(Protocol):
    """Health of other hosts, a bounded table: only hosts in trouble have a row."""

    async def find_host(self, host: Host) -> HostHealth | None:
        """How a host in trouble is; None for one that is well."""

    async def save_host(self, health: HostHealth, *, keep: int) -> None:
        """Add or replace; beyond `keep` rows the one whose rest ends first goes."""

    async def remove_host(self, host: Host) -> bool:
        """The host is well again; False when it had no row."""

    async def list_hosts(self, *, limit: int) -> list[HostHealth]:
        """Longest-resting first."""


class HostSchemes(Protocol):
    """How requests to other hosts are signed, a bounded table: only hosts that taught us something have a row."""

    async def save_host_scheme(self, learnt: HostScheme, *, keep: int) -> None:
        """Add or replace; beyond `keep` rows the one learnt longest ago goes, never the one just saved."""

    async def list_host_schemes(self, *, limit: int) -> list[HostScheme]:
        """Learnt last first."""


class Inbox(Protocol):
    """Verified activities from outside, each stored once."""

    async def add_received(self, received: Received) -> bool:
        """Store it durably; False when its id was stored before (even if its work is done)."""

    async def has_received(self, beginning: str) -> bool:
        """Whether anything was stored under an id that begins so, and is not forgotten yet."""

    async def claim_received(
        self, *, now: datetime, until: datetime, lease: Lease, limit: int
    ) -> list[ClaimedReceived]:
        """Lend up to `limit` due ones, oldest first.

        Where several processes claim, what an actor says stays in order: while something of it is lent to another,
        the rest of it waits.
        """

    async def finish_received(
        self, id: ActivityId, lease: Lease, *, error: str | None, retry_at: datetime | None, counts: bool = True
    ) -> None:
        """Done (no error), to be tried again at `retry_at`, or failed for good (error, no `retry_at`).

        What does not count was no attempt: the next claim tells of as many as this one did.

        Done and failed ones keep their id and lose their body. `LeaseLost` when the lease is no longer ours.
        """

    async def return_received(self, lease: Lease, *, until: datetime, now: datetime) -> int:
        """What a claim with this lease and `until` was lent, and has no result, is due now and no attempt; how many.

        For whoever lost the answer to a claim, or could not say what came of it.
        """

    async def next_received_due(self) -> datetime | None:
        """When the earliest of what waits is due, a lease counting until it lapses; None when nothing waits."""

    async def count_received(self) -> dict[str, int]:
        """How many there are in each state: waiting, done, failed."""

    async def remove_received(self, *, finished_before: datetime, limit: int) -> int:
        """Forget the ids of what was received and finished before then, at most `limit`; how many."""
