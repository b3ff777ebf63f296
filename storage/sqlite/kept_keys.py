"""Keys of strangers that were looked up lately: each delivery to us is verified by one, most by one of a few."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from storage.ids import ActorId, KeyId
from storage.records import RemoteKey

_MOST: Final = 10_000


class KeptKeys:
    """By owner and id; beyond `most` owners the one asked for least lately goes. Whoever writes keys calls `forget`."""

    def __init__(self, most: int = _MOST) -> None:
        self._most: Final = most
        self._keys: OrderedDict[ActorId, dict[KeyId, RemoteKey]] = OrderedDict()

    def find(self, owner: ActorId, id: KeyId) -> RemoteKey | None:
        """The key, if it is kept here."""
        keys = self._keys.get(owner)
        if keys is None:
            return None
        self._keys.move_to_end(owner)
        return keys.get(id)

    def keep(self, key: RemoteKey) -> None:
        """Keep what was just looked up."""
        self._keys.setdefault(key.owner, {})[key.id] = key
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)

    def forget(self, owner: ActorId) -> None:
        """This actor's keys were written or dropped."""
        self._keys.pop(owner, None)

    def forget_all(self) -> None:
        """Anybody's keys may have been dropped."""
        self._keys.clear()
