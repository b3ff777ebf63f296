"""The worker behind the inbox: what it had claimed when it was stopped is there for the next one at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from federation.inbox import worker as rooms
from federation.inbox.worker import InboxWorker
from storage.backends import open_store
from storage.ids import Lease
from storage.store import Store
from tests.storage.making import NOON, a_received


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite://{tmp_path}/picketline.db")
    yield store
    await store.close()


async def test_what_was_claimed_is_given_back_when_the_worker_is_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, beats, leases, reception = asyncio.Event(), list[None](), count(), object()

    async def hang(*_given: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(rooms, "dispatch", hang)
    monkeypatch.setattr(rooms, "from_stored", lambda received: received)
    for number in range(3):
        await store.add_received(a_received(number))
    given: Any = reception
    worker = InboxWorker(
        store=store,
        reception=given,
        now=lambda: NOON,
        new_lease=lambda: Lease(f"lease-{next(leases)}"),
        beat=lambda: beats.append(None),
    )
    working = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    again = await store.claim_received(now=NOON, until=NOON, lease=Lease("next"), limit=9)
    assert len(again) == 3
    assert len(beats) == 2  # one for the turn, one for the item
