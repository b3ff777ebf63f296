"""What an actor said, in its own words and in others': for lists and for outboxes."""

from __future__ import annotations

from typing import Protocol

from storage.ids import ActorId
from storage.records import Boost, Post
from storage.store import Boosts, Posts


class Sayings(Boosts, Posts, Protocol):
    """Where what an actor said is kept."""


async def list_said(store: Sayings, actor: ActorId | None, *, before: str | None, limit: int) -> list[Post | Boost]:
    """Updates and boosts, newest first, with serials below `before`; of one actor, or of all with None."""
    said: list[Post | Boost] = [*await store.list_posts(actor, before=before, limit=limit)]
    said += await store.list_boosts(actor, before=before, limit=limit)
    return sorted(said, key=lambda one: int(one.serial), reverse=True)[:limit]
