"""A MongoDB server that fails in the middle of a verb: it is done or refused, and repeated it is as if done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

import pytest

from storage.backends import open_store
from storage.errors import HeadMoved, StorageError, StoreAway, StoreBusy, StoreFull, StoreShut
from storage.ids import Lease
from storage.mongo.store import MongoStore
from storage.records import SavePost
from tests.mongo_server import MongoServer
from tests.storage.faults import Fault, failing, quick_looks  # noqa: F401
from tests.storage.making import a_delivery, a_post, a_received, a_result, an_activity, an_entry
from tests.storage.queueing import add, claim, numbers, states

PATIENCE: Final = 0.4
"""Seconds instead of eight."""
MOST_REPEATED: Final = 30

pytestmark = pytest.mark.usefixtures("quick_looks")


@pytest.fixture
def engine() -> str:
    return "motor"


@pytest.fixture
async def store(url: str) -> AsyncIterator[MongoStore]:
    store = await open_store(url)
    assert isinstance(store, MongoStore)
    store.database.patience = PATIENCE
    yield store
    await store.close()


async def append(store: MongoStore) -> object:
    """As whoever publishes does: it looks for its own entry when the head has moved."""
    try:
        return await store.append(an_entry(), an_activity(), expecting=0)
    except HeadMoved:
        assert await store.find_entry(an_activity().id) is not None
        return None


async def is_appended(store: MongoStore) -> object:
    found = await store.find_activity(an_activity().id)
    return [placed.entry for placed in await store.list_entries(0, 9)] == [an_entry()], found == an_activity()


async def receive(store: MongoStore) -> object:
    return await store.add_received(a_received())


async def is_received(store: MongoStore) -> object:
    return await store.count_received()


async def queue(store: MongoStore) -> object:
    return await add(store, *map(a_delivery, range(1, 4)))


async def is_queued(store: MongoStore) -> object:
    listed = await store.list_deliveries(None, None, after=None, limit=99)
    return [(one.activity, one.state, one.attempts) for one in listed]


async def lend(store: MongoStore) -> object:
    """What an unknown end has left lent is lent again when that has lapsed."""
    await add(store, *map(a_delivery, range(1, 4)))
    got = await claim(store, limit=99)
    return got or await claim(store, minutes=6)


async def is_lent(store: MongoStore) -> object:
    return numbers(await claim(store, minutes=60, lease=Lease("later"))), await states(store)


async def finish(store: MongoStore) -> object:
    await add(store, *map(a_delivery, range(1, 4)))
    lent = await claim(store) or await claim(store, minutes=6)
    return await store.finish_deliveries([a_result(one) for one in lent])


async def is_finished(store: MongoStore) -> object:
    return await store.count_deliveries()


async def project(store: MongoStore) -> object:
    return await store.project("pages", expecting=0, changes=(SavePost(post=a_post()),))


async def is_projected(store: MongoStore) -> object:
    return await store.get_cursor("pages"), await store.list_posts(None, before=None, limit=9)


Verb = Callable[[MongoStore], Awaitable[object]]
VERBS: Final[Mapping[str, tuple[Verb, Verb, object]]] = {
    "append": (append, is_appended, (True, True)),
    "add_received": (receive, is_received, {"waiting": 1, "done": 0, "failed": 0}),
    "add_deliveries": (queue, is_queued, [(a_delivery(number).activity, "waiting", 0) for number in (3, 2, 1)]),
    "claim": (lend, is_lent, (["1", "2", "3"], dict.fromkeys("123", "waiting"))),
    "finish_deliveries": (finish, is_finished, {"waiting": 0, "delivered": 3, "dead": 0, "cancelled": 0}),
    "project": (project, is_projected, (1, [a_post()])),
}
COMMANDS: Final = ("insert", "update", "find", "commitTransaction", "abortTransaction")
FAULTS: Final[Mapping[str, Fault]] = {
    "not primary": {"errorCode": 10107},
    "stepped down": {"errorCode": 189},
    "shutting down": {"errorCode": 91},
    "connection lost": {"closeConnection": True},
    "full": {"errorCode": 14031},
    "no rights": {"errorCode": 13},
}
TIMES: Final = {"once": 1, "ten times": 10, "until it is mended": None}


async def until_done(verb: Verb, store: MongoStore, ends: Callable[[], Awaitable[None]]) -> None:
    """Repeat it while the store says that it cannot now, and nothing else; the first refusal ends an endless fault."""
    refusal: StorageError | None = None
    for _ in range(MOST_REPEATED):
        try:
            await verb(store)
        except (StoreAway, StoreBusy, StoreFull, StoreShut) as problem:
            refusal = problem
            await ends()
        else:
            return
    raise AssertionError(f"It is never done: {refusal}")


@pytest.mark.parametrize(
    ("fault", "times"),
    [("stepped down", "until it is mended"), ("connection lost", "once")],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_is_done_or_refused_and_repeated_it_stands_once(
    store: MongoStore, mongo: MongoServer, verb: str, fault: str, times: str
) -> None:
    await meet(store, mongo, verb, fault, times)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["motor", "pymongo"])
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", VERBS)
async def test_so_does_every_verb_with_every_fault(
    store: MongoStore, mongo: MongoServer, verb: str, fault: str, times: str
) -> None:
    await meet(store, mongo, verb, fault, times)


async def meet(store: MongoStore, mongo: MongoServer, verb: str, fault: str, times: str) -> None:
    """The verb while each command in turn fails in this way; afterwards it stands as after one call."""
    call, look, expected = VERBS[verb]
    for command in COMMANDS:
        await forget(store)
        async with AsyncExitStack() as fails:
            fails.enter_context(failing(mongo, FAULTS[fault], command, times=TIMES[times]))
            await until_done(call, store, fails.aclose if TIMES[times] is None else _goes_on)
        assert expected == await look(store), command


async def _goes_on() -> None:
    pass


async def forget(store: MongoStore) -> None:
    """As it was when it was made."""
    for name in ("entries", "activities", "received", "deliveries", "cursors", "posts"):
        await store.database.client.collection(name).delete({})


async def test_a_transaction_whose_end_failed_is_in_nobodys_way(store: MongoStore, mongo: MongoServer) -> None:
    with failing(mongo, {"errorCode": 189}, "commitTransaction"), pytest.raises(StoreAway):
        await queue(store)
    assert 3 == await queue(store)


async def test_a_slow_server_holds_nobody_longer_than_a_step_may_take(store: MongoStore, mongo: MongoServer) -> None:
    slow = {"blockConnection": True, "blockTimeMS": 3000}
    with failing(mongo, slow, "insert"):
        answers = await asyncio.gather(*map(store.add_received, map(a_received, range(40))), return_exceptions=True)
        assert {StoreAway} == {type(answer) for answer in answers}
        assert {"waiting": 0, "done": 0, "failed": 0}.keys() == (await store.count_received()).keys()
    for number in range(40):
        await store.add_received(a_received(number))
    assert 40 == (await store.count_received())["waiting"]


async def test_more_than_a_server_can_take_is_refused_at_once_and_kept_nowhere(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.mongo.database._MOST_UNDER_WAY", 5)
    answers = await asyncio.gather(*map(store.add_received, map(a_received, range(8))), return_exceptions=True)
    assert [True] * 5 == answers[:5]
    assert all("slower than what is asked of it: 5 steps" in str(refusal) for refusal in answers[5:])
    assert 5 == (await store.count_received())["waiting"]


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (14031, StoreFull, "The disk of the MongoDB server is full"),
        (13, StoreShut, "MongoDB does not let us in"),
        (1, StoreAway, "a fault of its own"),
        (2, StorageError, "mistake in the program"),
    ],
)
async def test_what_an_admin_can_mend_is_named(
    store: MongoStore, mongo: MongoServer, code: int, kind: type[StorageError], says: str
) -> None:
    with failing(mongo, {"errorCode": code}, "insert"), pytest.raises(kind, match=says):
        await receive(store)
    assert 0 == (await store.count_received())["waiting"]


async def test_an_option_that_does_not_exist_is_refused_and_not_passed_over(mongo: MongoServer) -> None:
    with pytest.raises(StorageError, match="the names of its options"):
        await open_store(f"{mongo.url(mongo.new_database())}&replicasat=rs0")


async def test_what_was_written_is_read_from_the_primary_whatever_the_address_says(mongo: MongoServer) -> None:
    database = mongo.new_database()
    store = await open_store(f"{mongo.url(database)}&readPreference=secondaryPreferred&w=1")
    assert isinstance(store, MongoStore)
    shown = store.database.client.database
    await store.close()
    mongo.forget(database)
    assert ("Primary", "majority") == (type(shown.read_preference).__name__, shown.write_concern.document["w"])
