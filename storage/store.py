"""What the floors above may ask of a store: one small protocol per noun, in `publishing`, `people`, `queues`,
`processes` and `mirroring`.

Every verb is one atomic step that can safely be repeated; ids come from the caller; each docstring is the
verb's contract, held by `tests/storage/`. `add_` tells whether the thing is new, `get_` raises `NotFound`,
`find_` may return None, `list_` is ordered and bounded, `claim_` lends work until a lease lapses.
Any verb that writes may raise `StoreFull`, any verb at all `StoreAway`.
"""

from __future__ import annotations

from typing import Protocol

from storage.copied import Copyable
from storage.mirroring import Holdings, KeptLogs, OwnActivities, Peers, Receipts, Retractions
from storage.people import Blocks, Followers, FollowingOf, Moves, Reactions, Remotes, Reports
from storage.processes import Jobs, News, Processes, Sharing, Spending
from storage.publishing import Activities, Actors, Boosts, Log, Media, Pins, Posts, Unions
from storage.queues import Deliveries, Hosts, HostSchemes, Inbox

__all__ = [
    "Activities",
    "Actors",
    "Blocks",
    "Boosts",
    "Copyable",
    "Deliveries",
    "Followers",
    "FollowingOf",
    "Holdings",
    "HostSchemes",
    "Hosts",
    "Inbox",
    "Jobs",
    "KeptLogs",
    "Log",
    "Media",
    "Moves",
    "News",
    "OwnActivities",
    "Peers",
    "Pins",
    "Posts",
    "Processes",
    "Reactions",
    "Receipts",
    "Remotes",
    "Reports",
    "Retractions",
    "Sharing",
    "Spending",
    "Store",
    "Unions",
]


class Store(
    Unions,
    Actors,
    Log,
    Activities,
    Posts,
    Media,
    Boosts,
    Pins,
    Followers,
    FollowingOf,
    Reactions,
    Reports,
    Blocks,
    Moves,
    Deliveries,
    Hosts,
    HostSchemes,
    Inbox,
    Remotes,
    Jobs,
    News,
    Processes,
    Spending,
    Copyable,
    Sharing,
    KeptLogs,
    Receipts,
    Peers,
    Holdings,
    Retractions,
    OwnActivities,
    Protocol,
):
    """All of it, and its end."""

    async def check(self) -> list[str]:
        """Problems with the stored bytes, as sentences; empty when sound."""

    async def back_up(self, path: str) -> None:
        """Write a consistent copy to a new file at `path`."""

    async def erase_removed(self) -> bool:
        """Leave nothing of what was removed in the store's own files, as far as the engine lets us.

        False when somebody was reading meanwhile, and it is to be asked again.
        """

    async def close(self) -> None:
        """Finish what is under way and let go of the store; may be called twice."""
