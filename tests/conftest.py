"""What all tests may use. With PICKETLINE_TEST_LOOP=uvloop every asynchronous test runs on uvloop's event loop.

Properties of `tests/fuzz` are tried with the same thousand cases each time, by `--hypothesis-profile fuzz` with 100,000
others, all other properties with a tenth of that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from federation import keys
from storage.backends import open_store
from tests.keys import KeyPool
from tests.mongo_server import MongoServer, mongo_server
from tests.sharing import Shared
from tests.twins import Both

settings.register_profile("test", derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("fuzz", settings.get_profile("test"), derandomize=False, max_examples=10_000)
settings.load_profile("test")

if os.environ.get("PICKETLINE_TEST_LOOP") == "uvloop":
    import uvloop

    def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        """What pytest-asyncio makes its loops with."""
        return {"uvloop": uvloop.new_event_loop}


_LONG: Final = frozenset({"test_ten_nodes", "test_rolling", "test_store_failing", "test_full_run"})
"""They take half a minute and more, and go first, lest one core waits at the end for what the other has just begun."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in _LONG)


@pytest.fixture(scope="session", autouse=True)
def rsa_keys() -> Iterator[None]:
    """Actors that are set up in this process have keys of a pool; those of processes apart have new ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "new_rsa", KeyPool())
        yield


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoServer]:
    """One MongoDB server for all tests of a worker that ask for it."""
    with mongo_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "motor"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Both]:
    """One store, as two processes have it: SQLite that says it is shared, or a server with a way for each."""
    if request.param == "sqlite":
        shared = Shared(await open_store(f"sqlite:///{tmp_path}/both.db"))
        yield shared, shared
        await shared.close()
        return
    server: MongoServer = request.getfixturevalue("mongo")
    with server.database() as database:
        stores = [await open_store(server.url(database)) for _ in range(2)]
        yield stores[0], stores[1]
        for store in stores:
            await store.close()
