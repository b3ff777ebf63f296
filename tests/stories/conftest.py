from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.village import Village
from tests.village import village as build_village


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[Village]:
    async with build_village(tmp_path) as built:
        yield built
