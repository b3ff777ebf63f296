"""Every engine keeps the same promises: one more name in ENGINES runs the whole suite on it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from storage.backends import open_store
from storage.sqlite.store import SqliteStore
from storage.store import Store

ENGINES: Final = ("sqlite",)


def url_for(engine: str, folder: Path) -> str:
    return {"sqlite": f"sqlite://{folder}/picketline.db"}[engine]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return url_for(request.param, tmp_path)


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
