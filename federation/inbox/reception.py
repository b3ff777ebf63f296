"""What an effect may touch: handed to every handler, so that none reaches further than it shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from federation.activitystreams.model import IncomingActivity
from federation.blocks.book import BlockBook
from federation.budgets import Absences, Buckets
from federation.delivery.send import Sender
from federation.errors import NotTheSigner
from federation.locations import Locations
from federation.mirror.pacts import Pacts
from storage.ids import ActorId, Host
from storage.records import RemoteActor
from storage.store import (
    Activities,
    Actors,
    Blocks,
    Deliveries,
    Followers,
    FollowingOf,
    Inbox,
    Moves,
    Peers,
    Posts,
    Reactions,
    Remotes,
    Reports,
)


class EffectStore(
    Activities,
    Actors,
    Blocks,
    Deliveries,
    Followers,
    FollowingOf,
    Inbox,
    Moves,
    Peers,
    Posts,
    Reactions,
    Remotes,
    Reports,
    Protocol,
):
    """What effects read and write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """The rooms behind the inbox door."""

    store: EffectStore
    sender: Sender
    locations: Locations
    blocks: BlockBook
    cut: Callable[[], Awaitable[object]]
    """Cuts off whoever is blocked."""
    moved: Callable[[], None]
    """Tells the worker of moves that there is something to look into."""
    pacts: Pacts
    asked: Callable[[], None]
    """Tells the worker of pacts that a node asked to be a peer."""
    changed: Callable[[], None]
    """Hears that something readers see may look different now: counts, comments and boosts; a held reply is unseen."""
    answers: Buckets[tuple[ActorId, ActorId]] = field(
        default_factory=lambda: Buckets(burst=10, every=timedelta(minutes=1))
    )
    """Accepts to one follower of one actor: a Follow may be repeated, but not to make us POST without end."""
    absences: Absences = field(default_factory=Absences)
    """Deletions of what we never had."""
    moves: Buckets[Host] = field(default_factory=lambda: Buckets(burst=20, every=timedelta(minutes=1)))
    """Moves of one host's actors: each makes us ask a host that the mover names."""


async def get_signer(activity: IncomingActivity, reception: Reception) -> RemoteActor:
    """The actor whose key verified this activity, kept since then; `NotTheSigner` when it has deleted itself meanwhile.

    Never asked for anew: effects wait for each other, and a host that hangs would hold up everybody's.
    """
    actor = await reception.store.find_remote_actor(activity.actor)
    if actor is None:
        raise NotTheSigner(f"{activity.actor} is gone since it said so, and means nothing by it any more.")
    return actor
