"""Fixtures of the delivery tests: an empty store on disk, a clock, a wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.store import Store
from tests.federation.delivery.stage import Clock, FakeWire


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/deliveries.db")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire() -> FakeWire:
    return FakeWire()
