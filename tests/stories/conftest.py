"""Every story is told on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.mongo_server import MongoServer
from tests.village import Village
from tests.village import village as build_village


@pytest.fixture(params=("sqlite", "mongo"))
def new_store(request: pytest.FixtureRequest) -> Iterator[Callable[[], str | None]]:
    """Gives each union a store of its own: None for a file in its home, or the address of a new database."""
    if request.param == "sqlite":
        yield lambda: None
        return
    server: MongoServer = request.getfixturevalue("mongo")
    made: list[str] = []

    def new() -> str:
        made.append(server.new_database())
        return server.url(made[-1])

    yield new
    for database in made:
        server.forget(database)


@pytest.fixture
async def village(tmp_path: Path, new_store: Callable[[], str | None]) -> AsyncIterator[Village]:
    async with build_village(tmp_path, new_store) as built:
        yield built
