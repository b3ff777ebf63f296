"""Keys of strangers that were looked up lately: each delivery to us is verified by one, most by one of a few."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import Final

from storage.ids import ActorId, KeyId
from storage.records import RemoteKey

_MOST: Final = 10_000
_MOST_CHARACTERS: Final = 32 * 1024 * 1024
"""Of all that is kept: a key is mostly 600 long, and may be 8,000; an actor may have ten of them."""


class KeptKeys:
    """By owner and id; beyond `most` owners or `characters` whoever was asked for least lately goes.

    Whoever writes keys calls `forget`.

    Where other processes write keys too, none is kept for longer than `seconds`, by the monotonic `clock`.
    """

    def __init__(
        self,
        most: int = _MOST,
        *,
        characters: int = _MOST_CHARACTERS,
        seconds: float = inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most: Final = most
        self._characters: Final = characters
        self._seconds: Final = seconds
        self._clock: Final = clock
        self._keys: OrderedDict[ActorId, dict[KeyId, tuple[float, RemoteKey]]] = OrderedDict()
        self._held = 0
        self.changes = 0
        """Grows whenever something is forgotten; what was looked up before then is not worth keeping."""

    def find(self, owner: ActorId, id: KeyId) -> RemoteKey | None:
        """The key, if it is kept here."""
        keys = self._keys.get(owner)
        if keys is None:
            return None
        self._keys.move_to_end(owner)
        kept_at, key = keys.get(id, (-inf, None))
        return key if self._clock() - kept_at < self._seconds else None

    def keep(self, key: RemoteKey) -> None:
        """Keep what was just looked up."""
        keys = self._keys.setdefault(key.owner, {})
        self._held += _weight(key) - (_weight(keys[key.id][1]) if key.id in keys else 0)
        keys[key.id] = (self._clock(), key)
        while len(self._keys) > self._most or self._held > self._characters:
            self._let_go(next(iter(self._keys)))

    def forget(self, owner: ActorId) -> None:
        """This actor's keys were written or dropped."""
        self.changes += 1
        self._let_go(owner)

    def _let_go(self, owner: ActorId) -> None:
        self._held -= sum(_weight(key) for _, key in self._keys.pop(owner, {}).values())

    def forget_all(self) -> None:
        """Anybody's keys may have been dropped."""
        self.changes += 1
        self._keys.clear()
        self._held = 0


def _weight(key: RemoteKey) -> int:
    return len(key.id) + len(key.owner) + len(key.public)
