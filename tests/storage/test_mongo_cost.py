"""What a batch costs on MongoDB: its verbs may ask the server only so many times, however long the batch is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from storage.backends import open_store
from storage.mongo import driver
from storage.store import Store
from tests.storage.keeping import LOG, SAYS, a_held, a_leaf, a_log, keep, tiles_over
from tests.storage.making import NOON, a_delivery, a_received, a_result, after
from tests.storage.queueing import add, claim
from tests.storage.test_inbox import claim as claim_received


class Asked(CommandListener):
    """The commands that were sent, but for those that count on no answer of the collections."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name not in ("hello", "endSessions"):
            self.names.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""

    def told(self) -> list[str]:
        """Since it was asked last."""
        names, self.names = self.names, []
        return names


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(driver, "_OPTIONS", {**driver._OPTIONS, "event_listeners": [asked]})
    return asked


@pytest.fixture
async def store(asked: Asked, url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    asked.told()
    yield store
    await store.close()


async def test_a_hundred_deliveries_cost_a_handful_of_round_trips(store: Store, asked: Asked) -> None:
    hundred = [a_delivery(number, f"{number}.example", object="note") for number in range(100)]
    await add(store, *hundred)
    assert asked.told() == ["find", "find", "find", "findAndModify", "update", "insert", "commitTransaction"]
    lent = await claim(store, limit=100, per_host=1)
    assert asked.told() == ["find", "update", "find"]
    assert await store.finish_deliveries([a_result(one) for one in lent]) == 100
    assert asked.told() == ["find", "find", "update", "commitTransaction"]


async def test_a_hundred_that_wait_for_their_turn_cost_one_more(store: Store, asked: Asked) -> None:
    for first in (0, 100):
        asked.told()
        await add(store, *(a_delivery(first + n, f"{n}.example", object="note") for n in range(100)))
    assert asked.told() == ["find", "find", "find", "findAndModify", "update", "update", "insert", "commitTransaction"]
    lent = await claim(store, limit=100)
    asked.told()
    await store.finish_deliveries([a_result(one) for one in lent])
    assert asked.told() == ["find", "find", "update", "update", "commitTransaction"]
    assert len(await claim(store, limit=200)) == 100


async def test_what_is_queued_already_costs_one_look(store: Store, asked: Asked) -> None:
    await add(store, a_delivery())
    asked.told()
    await add(store, a_delivery())
    assert asked.told() == ["find", "commitTransaction"]


async def test_what_came_in_is_stored_in_one_round_trip_and_claimed_in_five(store: Store, asked: Asked) -> None:
    for number in range(50):
        await store.add_received(a_received(number))
    assert asked.told() == ["insert"] * 50
    assert len(await claim_received(store, limit=50)) == 50
    assert asked.told() == ["find", "find", "update", "find", "find"]


async def test_a_log_grows_in_one_transaction_of_five_commands_however_many_leaves_come(
    store: Store, asked: Asked
) -> None:
    await store.add_log(a_log())
    asked.told()
    leaves = [a_held(place) for place in range(600)]
    assert await store.grow_log(LOG, expecting=0, leaves=leaves, tiles=tiles_over(600))
    assert asked.told() == ["update", "insert", "insert", "update", "commitTransaction"]
    assert len(await store.list_leaves(LOG, 0, 256, with_bodies=False)) == 256
    assert asked.told() == ["find"]
    assert len(await store.list_leaves(LOG, 0, 256)) == 256
    assert asked.told() == ["find", "find"]


async def test_bodies_are_kept_and_taken_back_by_the_hundred(store: Store, asked: Asked) -> None:
    await keep(store, [a_leaf(place) for place in range(300)])
    asked.told()
    assert await store.keep_bodies(LOG, dict.fromkeys(range(300), (SAYS, b"{}")), at=NOON) == 300
    assert asked.told() == ["find", "update", "update", "insert", "commitTransaction"]
    stands = {place: place % 2 == 0 for place in range(300)}
    assert await store.withdraw_leaves(LOG, expecting=0, to=300, places=range(300), standing=stands, at=NOON)
    assert asked.told() == [*["update"] * 6, "commitTransaction"]
    assert await store.purge_leaves(hidden_before=after(), limit=300) == 0
    asked.told()
    assert await store.purge_leaves(hidden_before=after(days=1), limit=300) == 300
    assert asked.told() == ["find", "find", "update", "update", "delete", "commitTransaction"]


async def test_inboxes_of_an_update_are_read_page_by_page(store: Store, asked: Asked) -> None:
    made: list[Any] = [a_delivery(n, f"{n % 7}.example", object="note", due_at=NOON) for n in range(70)]
    await store.add_deliveries(made, now=after())
    asked.told()
    inboxes = await store.list_object_inboxes(made[0].object, after=None, limit=3)
    assert inboxes == [f"https://{n}.example/inbox" for n in range(3)]
    assert asked.told() == ["find"] * 2
