"""Health of other hosts: a bounded table, only hosts in trouble have a row."""

from __future__ import annotations

from typing import Final

from storage.ids import Host
from storage.mongo.bounded import forget_over
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import HostHealth

_HOSTS: Final = Documents("hosts", HostHealth, key=("host",))
_FIRST_TO_GO: Final = (("resting_until", 1), ("first_failure_at", 1), ("_id", 1))
"""A host that does not rest (null sorts first) goes before those that do."""
_LONGEST_RESTING: Final = (("resting_until", -1), ("first_failure_at", 1), ("_id", 1))


class MongoHosts(Noun):
    """`storage.store.Hosts`."""

    async def find_host(self, host: Host) -> HostHealth | None:
        return await self.database.read(lambda within: _HOSTS.find(within, {"_id": host}))

    async def save_host(self, health: HostHealth, *, keep: int) -> None:
        """The host just saved stays; of the others, the one whose rest ends first goes."""
        await self.database.write(lambda within: _save_host(within, health, keep))

    async def remove_host(self, host: Host) -> bool:
        return await self.database.write(lambda within: within[_HOSTS.name].delete({"_id": host})) == 1

    async def list_hosts(self, *, limit: int) -> list[HostHealth]:
        return await self.database.read(lambda within: _HOSTS.select(within, {}, sort=_LONGEST_RESTING, limit=limit))


async def _save_host(within: Scope, health: HostHealth, keep: int) -> None:
    await _HOSTS.save(within, health)
    await forget_over(within[_HOSTS.name], keep, saved=health.host, first_to_go=_FIRST_TO_GO)
