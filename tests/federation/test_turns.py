"""Turns of processes whose clocks are a little apart."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from federation.turns import Turns
from storage.backends import open_store
from storage.errors import StoreAway
from storage.ids import Lease
from tests.sharing import Shared
from tests.storage.making import NOON


async def test_a_turn_that_is_over_is_free_at_once_also_for_one_whose_clock_is_behind(tmp_path: Path) -> None:
    store = await open_store(f"sqlite://{tmp_path}/picketline.db")
    shared: Any = Shared(store)
    fast = Turns(store=shared, now=lambda: NOON + timedelta(seconds=9), new_lease=lambda: Lease("fast"))
    slow = Turns(store=shared, now=lambda: NOON, new_lease=lambda: Lease("slow"))
    async with fast.try_for("job") as ours, slow.try_for("job") as theirs:
        assert (ours is None, theirs) == (False, None)
    async with slow.try_for("job") as theirs:
        assert theirs is not None
    await store.close()


class Unheard:
    """A shared store that goes away, once, around this verb: after a claim was written, before an end is."""

    def __init__(self, shared: Any, verb: str) -> None:
        self._shared, self._verb = shared, verb

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shared, name)

    async def claim_job(self, *args: Any, **given: Any) -> bool:
        done: bool = await self._shared.claim_job(*args, **given)
        self._go("claim_job")
        return done

    async def finish_job(self, *args: Any, **given: Any) -> bool:
        self._go("finish_job")
        done: bool = await self._shared.finish_job(*args, **given)
        return done

    def _go(self, verb: str) -> None:
        if verb == self._verb:
            self._verb = ""
            raise StoreAway("The server does not answer.")


@pytest.mark.parametrize("verb", ["claim_job", "finish_job"])
async def test_a_turn_that_the_store_did_not_answer_for_is_ours_when_it_is_back(tmp_path: Path, verb: str) -> None:
    store = await open_store(f"sqlite://{tmp_path}/picketline.db")
    leases = count()
    unheard: Any = Unheard(Shared(store), verb)
    turns = Turns(store=unheard, now=lambda: NOON, new_lease=lambda: Lease(f"lease-{next(leases)}"))
    try:
        async with turns.try_for("job"):
            pass
    except StoreAway:
        assert verb == "claim_job"
    async with turns.try_for("job") as again:
        assert again is not None
    async with turns.try_for("job") as free:
        assert free is not None
        assert free.lease != again.lease
    await store.close()
