"""What an entry of the record means for pages, written within the step that moves its reader on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from storage.records import AddBoost, PageChange, RemoveBoost, RemovePin, SaveActor, SavePin, SavePost
from storage.sqlite.actors import add_or_save_actor
from storage.sqlite.boosts import BOOSTS, REMOVE_BOOST
from storage.sqlite.pins import PINS, REMOVE_PIN
from storage.sqlite.posts import save_post


def write_changes(connection: sqlite3.Connection, changes: tuple[PageChange, ...]) -> None:
    """Each in turn, as the verb of its name writes it."""
    for change in changes:
        _CHANGES[type(change)](connection, change)


_CHANGES: Final[Mapping[type[PageChange], Callable[[sqlite3.Connection, Any], object]]] = {
    SaveActor: lambda connection, change: add_or_save_actor(connection, change.actor),
    SavePost: lambda connection, change: save_post(connection, change.post),
    AddBoost: lambda connection, change: BOOSTS.add(connection, change.boost),
    RemoveBoost: lambda connection, change: connection.execute(REMOVE_BOOST, (change.activity,)),
    SavePin: lambda connection, change: PINS.save(connection, change.pin),
    RemovePin: lambda connection, change: connection.execute(REMOVE_PIN, (change.object,)),
}
