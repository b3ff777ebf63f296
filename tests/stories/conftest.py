"""Every story is told on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.mongo_server import MongoServer
from tests.village import Village
from tests.village import village as build_village


@pytest.fixture(params=("sqlite", "mongo"))
def new_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str | None]]:
    """Gives each union a store of its own: None for a file in its home, or the address of a database."""
    if request.param == "sqlite":
        yield lambda: None
        return
    server: MongoServer = request.getfixturevalue("mongo")
    monkeypatch.setattr("node.actions.set_up.claim_database", lent)
    with ExitStack() as stack:
        yield lambda: server.url(stack.enter_context(server.database()))


class Lent:
    """A database that the tests lend: what another story had in it is gone, its collections and indexes stand."""

    async def take_back(self) -> None:
        """It goes back at the end of the story."""


async def lent(_url: str) -> Lent:
    """Of databases that must be empty before `init` takes them, other tests tell."""
    return Lent()


@pytest.fixture
async def village(tmp_path: Path, new_store: Callable[[], str | None]) -> AsyncIterator[Village]:
    async with build_village(tmp_path, new_store) as built:
        yield built


NETWORK: Final = frozenset(
    f"tests.stories.test_{name}"
    for name in (
        "bringing", "hostile_peers", "idle_pacts", "lying_homes", "mass_withdrawal", "mirror_fields", "mirrored_media",
        "mirroring", "mirrors_evil", "pact_refusals", "pact_strangers", "pacts", "pushing", "reading_copies", "renewal",
        "retracting", "submissions", "unlisted", "wire",
    )
)  # fmt: skip
"""Stories of several unions: on MongoDB each takes twenty seconds, and what they ask of a store has its own tests."""
ON_BOTH: Final = frozenset(
    {
        "test_a_post_is_held_by_both_mirrors_and_both_say_so",
        "test_what_is_missing_comes_from_another_mirror_when_the_origin_is_gone",
    }
)
"""Those of them that `make test` tells on MongoDB too; `make soak` tells all."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function) or item.originalname in ON_BOTH:
            continue
        if item.module.__name__ in NETWORK and "[mongo" in item.name:
            item.add_marker(pytest.mark.soak)
