"""What a pact costs while nobody publishes: at most one request per five minutes to each peer (protocol §4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from federation.mirror.pace import PACE
from tests.stories.mirroring import befriend
from tests.village import Village

HOURS = 7
"""In which heads are signed anew each hour, and each mirror is once asked for an entry by lot."""


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """One engine is enough: what is counted here are requests."""
    return lambda: None


async def test_an_idle_pact_costs_at_most_one_request_in_five_minutes(village: Village) -> None:
    village.pace = PACE
    people = [await village.add(name) for name in ("koreno", "harbour", "miners")]
    await befriend(village, *people)
    for _ in range(30):
        village.clock.move(minutes=1)
        await village.settle()
    village.outages.sent.clear()
    for _ in range(HOURS * 12):
        village.clock.move(minutes=5)
        await village.settle()
    most = HOURS * 60 // 5
    sent = {one.node.config.name: village.outages.sent[one.host] / (len(people) - 1) for one in people}
    assert {} == {name: count for name, count in sent.items() if not most / 3 < count <= most}
