"""Turns of processes whose clocks are a little apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from federation.turns import Turns
from storage.backends import open_store
from storage.ids import Lease
from tests.storage.making import NOON
from tests.twins import Shared


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
