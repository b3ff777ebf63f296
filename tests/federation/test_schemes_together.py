"""Two processes on one store: how a host wants requests signed, one learns for both."""

from __future__ import annotations

from typing import Any

import pytest

from federation.schemes import SchemeTable
from storage.errors import StoreAway
from storage.ids import Host
from tests.federation.people import Clock
from tests.twins import Both

PEER = Host("peer.example")


class Unsteady:
    """A store that can be away, and hands over a list only when told."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.is_away = False
        self.meanwhile: Any = None
        self.limits: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def list_host_schemes(self, *, limit: int) -> Any:
        self.limits.append(limit)
        if self.is_away:
            raise StoreAway("The store's server does not answer.")
        rows = await self._store.list_host_schemes(limit=limit)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return rows


async def test_what_one_learns_the_other_reads(both: Both) -> None:
    one, other = (SchemeTable(store, now=Clock()) for store in both)
    assert await other.first(PEER) == "cavage"
    await one.worked(PEER, "rfc9421")
    assert (one.is_changed, other.is_changed) == (True, False)
    assert await other.reload()
    assert (await other.first(PEER), other.is_changed) == ("rfc9421", False)


async def test_what_was_learnt_last_counts_for_both(both: Both) -> None:
    clock = Clock()
    one, other = (SchemeTable(store, now=clock) for store in both)
    await one.worked(PEER, "rfc9421")
    await other.reload()
    await other.worked(PEER, "cavage")
    await one.reload()
    assert await one.first(PEER) == "cavage"


async def test_what_is_learnt_during_a_look_is_not_forgotten(both: Both) -> None:
    await SchemeTable(both[1], now=Clock()).worked(PEER, "rfc9421")
    slow = Unsteady(both[0])
    table = SchemeTable(slow, now=Clock())
    slow.meanwhile = lambda: table.worked(PEER, "cavage")
    assert not await table.reload()
    assert await table.first(PEER) == "cavage"


async def test_a_look_reads_what_is_new_and_all_after_one_that_failed(both: Both) -> None:
    unsteady = Unsteady(both[0])
    table = SchemeTable(unsteady, now=Clock())
    await table.reload()
    await table.reload()
    unsteady.is_away = True
    with pytest.raises(StoreAway):
        await table.reload()
    unsteady.is_away = False
    await table.reload()
    await table.reload()
    assert unsteady.limits == [10_000, 256, 256, 10_000, 256]
