"""Every engine keeps the same promises: one more name in ENGINES runs the whole suite on it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from storage.backends import open_store
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
