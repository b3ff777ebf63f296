"""The guard against whoever takes everything back, over a day and over several pulls (protocol §4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.withdrawals import MOST_OBJECTS, WITHIN
from storage.backends import open_store
from storage.ids import LogName
from storage.store import Store
from tests.federation.mirror.logs import AT, HOME, MadeLog
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_puller, a_union, follow, source


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


def take_back(log: MadeLog, *numbers: int) -> None:
    for number in numbers:
        log.say("Delete", {"id": f"{HOME}/objects/{number}", "type": "Tombstone"})


async def hidden(store: Store, name: LogName) -> int:
    return sum(leaf.state == "hidden" for leaf in await store.list_leaves(name, 0, 999, with_bodies=False))


async def test_what_is_taken_back_in_several_pulls_of_a_day_counts_together(store: Store) -> None:
    log = a_log(60)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)

    async def pull(at: datetime) -> int:
        await follow(store, union, log)
        puller = replace(a_puller(store), now=lambda: at)
        await puller.pull(name, union, [source(ServedWire(log))], may_promise=True)
        return await hidden(store, name)

    assert 0 == await pull(AT)
    take_back(log, *range(15))
    assert 15 == await pull(AT + timedelta(hours=1))
    take_back(log, *range(15, 30))
    assert MOST_OBJECTS == await pull(AT + timedelta(hours=2))
    take_back(log, *range(30, 40))
    assert MOST_OBJECTS + 10 == await pull(AT + timedelta(hours=3) + WITHIN)
