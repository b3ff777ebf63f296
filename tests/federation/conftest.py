"""Two processes on one store: SQLite that says it is shared, and a real server, to which each has a way of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from storage.backends import open_store
from storage.mongo.store import MongoStore
from storage.store import Store
from tests.mongo_server import MongoServer
from tests.twins import Shared

Both = tuple[Any, Any]
"""The store, as each of two processes has it."""

_ENGINES: Final = ("sqlite", "motor")


@pytest.fixture(params=_ENGINES)
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    if request.param == "sqlite":
        shared = Shared(await open_store(f"sqlite:///{tmp_path}/both.db"))
        yield shared, shared
        await shared.close()
        return
    server: MongoServer = request.getfixturevalue("mongo")
    database = server.new_database()
    stores: list[Store] = [await open_store(server.url(database)) for _ in range(2)]
    yield stores[0], stores[1]
    for store in stores:
        await store.close()
    server.forget(database)


@pytest.fixture
def queues(both: Both) -> Both:
    """The same, where the engine has queues."""
    if isinstance(both[0], MongoStore) and not hasattr(both[0], "claim_deliveries"):
        pytest.skip("This engine has no queues yet.")
    return both
