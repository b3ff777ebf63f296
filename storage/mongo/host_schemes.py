"""How requests to other hosts are signed: a bounded table."""

from __future__ import annotations

from typing import Final

from storage.mongo.bounded import forget_over
from storage.mongo.database import Scope
from storage.mongo.documents import Documents
from storage.mongo.noun import Noun
from storage.records import HostScheme

_SCHEMES: Final = Documents("host_schemes", HostScheme, key=("host",))
_FIRST_TO_GO: Final = (("learnt_at", 1), ("_id", 1))
_LEARNT_LAST: Final = (("learnt_at", -1), ("_id", -1))


class MongoHostSchemes(Noun):
    """`storage.store.HostSchemes`."""

    async def save_host_scheme(self, learnt: HostScheme, *, keep: int) -> None:
        await self.database.write(lambda within: _save(within, learnt, keep))

    async def list_host_schemes(self, *, limit: int) -> list[HostScheme]:
        return await self.database.read(lambda within: _SCHEMES.select(within, {}, sort=_LEARNT_LAST, limit=limit))


async def _save(within: Scope, learnt: HostScheme, keep: int) -> None:
    await _SCHEMES.save(within, learnt)
    await forget_over(within[_SCHEMES.name], keep, saved=learnt.host, first_to_go=_FIRST_TO_GO)
