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


class KeptKeys:
    """By owner and id; beyond `most` owners the one asked for least lately goes. Whoever writes keys calls `forget`.

    Where other processes write keys too, none is kept for longer than `seconds`, by the monotonic `clock`.
    """

    def __init__(self, most: int = _MOST, *, seconds: float = inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._most: Final = most
        self._seconds: Final = seconds
        self._clock: Final = clock
        self._keys: OrderedDict[ActorId, dict[KeyId, tuple[float, RemoteKey]]] = OrderedDict()
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
        self._keys.setdefault(key.owner, {})[key.id] = (self._clock(), key)
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)

    def forget(self, owner: ActorId) -> None:
        """This actor's keys were written or dropped."""
        self.changes += 1
        self._keys.pop(owner, None)

    def forget_all(self) -> None:
        """Anybody's keys may have been dropped."""
        self.changes += 1
        self._keys.clear()
