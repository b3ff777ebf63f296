"""The names of things: one type each, so that an inbox is never passed where an actor is meant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, NewType

ActorId = NewType("ActorId", str)
"""URL of an actor document, ours or another server's."""
ActivityId = NewType("ActivityId", str)
"""URL of an activity."""
ObjectId = NewType("ObjectId", str)
"""URL of whatever an activity acts on: a note, an actor, a follow."""
InboxUrl = NewType("InboxUrl", str)
"""URL that takes deliveries; one shared inbox may stand for thousands of followers."""
KeyId = NewType("KeyId", str)
"""URL that names a public key, usually the actor's URL with a fragment."""
Host = NewType("Host", str)
"""Authority of a URL: host, with the port when it is not the scheme's own; lower case."""
Did = NewType("Did", str)
"""A union's root key as `did:key:z6Mk…`."""
Lease = NewType("Lease", str)
"""Token of whoever claimed a piece of work; only its holder may finish that work."""
Digest = NewType("Digest", str)
"""SHA-256 of a media file, as 64 hexadecimal digits; its name."""

LogName = NewType("LogName", str)
"""A log and its key: a union's did, a slash and the number of the epoch."""

_CHANCE_BITS: Final = 16


def next_serial(now: datetime, chance: Callable[[int], int]) -> str:
    """A new 64-bit, time-sortable, decimal id: milliseconds since 1970, then 16 bits from `chance(bits)`.

    Mastodon's apps sort posts by the number in their id, so later must mean larger.
    """
    milliseconds = int(now.timestamp() * 1000)
    return str(milliseconds << _CHANCE_BITS | chance(_CHANCE_BITS))
