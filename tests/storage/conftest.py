"""Every engine keeps the same promises: one more name in ENGINES runs the whole suite on it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from storage.backends import open_store
from storage.sqlite.store import SqliteStore
from storage.store import Store
from tests.mongo_server import MongoServer

ENGINES: Final = ("sqlite", "motor", "pymongo")


SUCCESSOR: Final = "pymongo"
"""The driver that follows motor runs below the same code; `make soak` runs the whole suite on it too."""
ALWAYS: Final = frozenset(
    f"tests.storage.test_{name}"
    for name in ("copying", "deliveries", "fence", "log", "mongo_migrating", "mongo_soundness", "whole_store")
)
"""What `make test` runs on the successor too."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function) or item.module.__name__ in ALWAYS:
            continue
        if hasattr(item, "callspec") and SUCCESSOR in item.callspec.params.values():
            item.add_marker(pytest.mark.soak)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A store in which nothing stands, on the engine; the server starts with the first that needs it."""
    if engine == "sqlite":
        yield f"sqlite://{tmp_path}/picketline.db"
        return
    monkeypatch.setenv("PICKETLINE_MONGO_DRIVER", engine)
    server: MongoServer = request.getfixturevalue("mongo")
    with server.database() as database:
        yield server.url(database)


@pytest.fixture
def missing(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Where no store is yet, on the engine."""
    if engine == "sqlite":
        yield f"sqlite://{tmp_path}/missing.db"
        return
    monkeypatch.setenv("PICKETLINE_MONGO_DRIVER", engine)
    server: MongoServer = request.getfixturevalue("mongo")
    database = server.new_database()
    yield server.url(database)
    server.forget(database)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "picketline.db"


@pytest.fixture
async def sqlite(file: Path) -> AsyncIterator[SqliteStore]:
    store = await open_store(f"sqlite://{file}")
    assert isinstance(store, SqliteStore)
    yield store
    await store.close()


def pragma(name: str) -> Any:
    """A step that asks a connection for a setting, or gives it one."""
    return lambda connection: connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.fixture
async def here(url: str) -> AsyncIterator[Store]:
    """One of two processes on the same database."""
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
async def there(here: Store, url: str) -> AsyncIterator[Store]:
    """The other one."""
    store = await open_store(url)
    yield store
    await store.close()
