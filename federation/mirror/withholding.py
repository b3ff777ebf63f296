"""Files that only withheld updates of peers name: they are withheld too, for the same public reason (protocol §4)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from federation.mirror.files import media_of
from federation.strictjson import load_object
from storage.ids import Did, Digest, LogName, ObjectId
from storage.records import KeptLog, Leaf, Withheld
from storage.store import Holdings, KeptLogs

_PAGE: Final = 256
_MOST_KNOWN: Final = 4096


class WithholdingStore(KeptLogs, Holdings, Protocol):
    """What is read."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """How far a record was looked through for a file, and the shown update that names it."""

    to: int = 0
    by: ObjectId | None = None


@dataclass(slots=True)
class WithheldFiles:
    """Tells them; one for the whole node, which remembers how far it looked: anybody may ask again and again."""

    store: WithholdingStore
    _looked: dict[tuple[LogName, Digest, frozenset[ObjectId]], _Looked] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, did: Did, digest: Digest) -> Withheld | None:
        """What of this union is withheld that names the file, when nothing that is shown names it too."""
        rows = await self.store.list_withheld(did)
        log = await self._shown_log(did) if rows else None
        if log is None:
            return None
        naming = [one for one in rows if names(await self.store.find_standing(log.name, one.object), digest)]
        if not naming or await self._is_shown(log, digest, frozenset(one.object for one in rows)):
            return None
        return naming[0]

    async def _shown_log(self, did: Did) -> KeptLog | None:
        """The log that readers see a copy of."""
        logs = await self.store.list_logs(did)
        return next((log for log in logs if log.checkpoint_size and log.state != "ours"), None)

    async def _is_shown(self, log: KeptLog, digest: Digest, hidden: frozenset[ObjectId]) -> bool:
        key = log.name, digest, hidden
        async with self._one_at_a_time:
            looked = self._looked.pop(key, _Looked())
            if looked.by is not None and not names(await self.store.find_standing(log.name, looked.by), digest):
                looked = _Looked()
            if looked.by is None:
                looked = _Looked(log.checkpoint_size, await self._find_shown(log, digest, hidden, looked.to))
            self._looked[key] = looked
            if len(self._looked) > _MOST_KNOWN:
                self._looked.pop(next(iter(self._looked)))
        return looked.by is not None

    async def _find_shown(
        self, log: KeptLog, digest: Digest, hidden: Collection[ObjectId], start: int
    ) -> ObjectId | None:
        """The newest update from this place on that names the file and is not withheld."""
        before = log.checkpoint_size
        while before > start and (page := await self.store.list_standing(log.name, None, before=before, limit=_PAGE)):
            before = page[-1].place
            for leaf in page:
                if leaf.place >= start and leaf.object not in hidden and names(leaf, digest):
                    return leaf.object
            await asyncio.sleep(0)
        return None


def names(leaf: Leaf | None, digest: Digest) -> bool:
    """Whether the update that stands there names this file."""
    body = b"" if leaf is None else leaf.body or b""
    return b'"attachment"' in body and any(file.digest == digest for file in media_of(load_object(body)))
