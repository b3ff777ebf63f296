"""A stage for each case; what touches no store in a way of its own is tried on MongoDB in `make soak` only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.adversary.stage import Stage, listening
from tests.stories.conftest import new_store, village
from tests.stories.test_refusals import Scene, scene

__all__ = ["new_store", "scene", "stage", "village"]

_ON_BOTH: Final = frozenset({"tests.adversary.test_origin", "tests.adversary.test_odd_addresses"})


@pytest.fixture
async def stage(scene: Scene) -> AsyncIterator[Stage]:
    await scene.village.settle()
    scene.peer.site.requests.clear()
    with listening() as lines:
        yield Stage(scene, lines)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name = item.module.__name__ if isinstance(item, pytest.Function) else ""
        if name.startswith("tests.adversary.") and name not in _ON_BOTH and "mongo" in item.name.partition("[")[2]:
            item.add_marker(pytest.mark.soak)
