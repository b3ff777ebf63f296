"""Every story is told on both engines: in `make test` those where the engine decides, in `make soak` all."""

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


_ON_BOTH: Final = frozenset(
    f"tests.stories.test_{name}"
    for name in (
        "projecting", "publishing", "purging", "races", "store_away", "store_in_need", "two_fan_outs",
        "two_readers", "working",
    )
)  # fmt: skip
"""Stories of what a store decides: races, leases, queues, its absence. `make test` tells them on MongoDB too.

Of the others `make soak` tells every one on MongoDB: each takes seconds there, and what they ask of a store has its own
tests in `tests/storage`.
"""
_ALONE: Final = frozenset(
    {
        "test_a_post_is_held_by_both_mirrors_and_both_say_so",
        "test_we_follow_on_and_stop_following_the_old_one",
    }
)
"""Single stories of other files that `make test` tells on MongoDB too."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function) or item.originalname in _ALONE:
            continue
        name = item.module.__name__
        if name.startswith("tests.stories.") and name not in _ON_BOTH and "[mongo" in item.name:
            item.add_marker(pytest.mark.soak)
