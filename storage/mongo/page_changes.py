"""What an entry of the record means for pages, written within the step that moves its reader on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from storage.mongo.actors import add_or_save_actor
from storage.mongo.boosts import BOOSTS, add_boost
from storage.mongo.database import Scope
from storage.mongo.delivery_queue import keep_while_it_stands
from storage.mongo.pins import PINS
from storage.mongo.posts import save_post
from storage.records import AddBoost, PageChange, RemoveBoost, RemovePin, SaveActor, SavePin, SavePost


async def release(within: Scope, changes: tuple[PageChange, ...]) -> None:
    """Let deliveries of what is taken back grow old: perhaps too many for one transaction, so before it and after it.

    Of an update that stands nothing need be said, and whoever is slow must not: it may be taken back since.
    """
    for change in changes:
        if isinstance(change, SavePost) and change.post.retracted_at is not None:
            await keep_while_it_stands(within, change.post.id, change.post.retracted_at)


async def write_changes(within: Scope, changes: tuple[PageChange, ...]) -> None:
    """Each in turn, as the verb of its name writes it."""
    for change in changes:
        await _CHANGES[type(change)](within, change)


_CHANGES: Final[Mapping[type[PageChange], Callable[[Scope, Any], Awaitable[object]]]] = {
    SaveActor: lambda within, change: add_or_save_actor(within, change.actor),
    SavePost: lambda within, change: save_post(within, change.post),
    AddBoost: lambda within, change: add_boost(within, change.boost),
    RemoveBoost: lambda within, change: within[BOOSTS.name].delete({"_id": change.activity}),
    SavePin: lambda within, change: PINS.save(within, change.pin),
    RemovePin: lambda within, change: within[PINS.name].delete({"_id": change.object}),
}
