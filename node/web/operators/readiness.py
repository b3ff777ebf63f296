"""Is the node able to do its work? Each thing that is in the way, as one sentence."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from typing import Final

from federation.log.fan_out import CURSOR as FANNED_OUT
from federation.log.project import CURSOR as PROJECTED
from node.actions.doctor import NO_DISK
from node.context import Node
from storage.errors import StorageError

STORE_SECONDS: Final = 2.0
_CATCHING_UP_SECONDS: Final = 60.0
_READERS: Final = {PROJECTED: "pages", FANNED_OUT: "deliveries"}


@dataclass(slots=True)
class Readiness:
    """Looks when it is asked, and remembers since when a reader of the record has not moved."""

    node: Node
    _standing: dict[str, tuple[int, float]] = field(default_factory=dict)

    async def find_problems(self) -> dict[str, str]:
        """What is in the way, by the name of the part; empty when the node is ready."""
        problems = {name: f"The {name} worker has stopped working." for name in self.node.metrics.stuck()}
        if shutil.disk_usage(self.node.config.home).free < NO_DISK:
            problems["disk"] = "The disk is full: nothing can be published or received."
        try:
            async with asyncio.timeout(STORE_SECONDS):
                problems |= await self._find_laggards()
        except TimeoutError:
            problems["store"] = f"The store did not answer within {STORE_SECONDS:g} s."
        except StorageError as problem:
            problems["store"] = str(problem)
        return problems

    async def _find_laggards(self) -> dict[str, str]:
        """Readers of the record that stand still although there is more to read."""
        size, now = await self.node.store.size(), self.node.metrics.clock()
        found = {}
        for cursor, name in _READERS.items():
            place = await self.node.store.get_cursor(cursor)
            last, since = self._standing.get(cursor, (place, now))
            if place >= size or place != last:
                since = now
            self._standing[cursor] = (place, since)
            if now - since > _CATCHING_UP_SECONDS:
                found[f"log:{name}"] = f"The {name} of {size - place} entries of the record have not been made."
        return found
