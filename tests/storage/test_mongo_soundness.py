"""What `check` finds between the collections of a MongoDB store."""

from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database

from storage.ids import Host
from storage.mongo.delivery_turns import DELIVERIES
from storage.store import Store
from tests.mongo_server import MongoServer
from tests.storage.keeping import a_held, keep
from tests.storage.making import NOON, a_delivery, an_activity, an_entry
from tests.storage.queueing import NOTE, PEER


@pytest.fixture(params=("motor", "pymongo"))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def deliveries(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    return database["deliveries"]


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda database: database["entries"].delete_one({"_id": 0}), "The record has gaps: 1"),
        (lambda database: database["activities"].delete_one({}), "1 entries of the record have lost the bytes"),
        (
            lambda database: deliveries(database).update_one({"in_turn": 1}, {"$set": {"in_turn": 0}}),
            "1 waiting deliveries are held back",
        ),
        (
            lambda database: deliveries(database).update_one({"in_turn": 0}, {"$set": {"in_turn": 1}}),
            "1 waiting deliveries are held back",
        ),
        (lambda database: database["kept_leaves"].delete_one({"place": 1}), "should have 3 leaves without a gap"),
        (lambda database: database["kept_leaves"].delete_one({"place": 2}), "should have 3 leaves without a gap"),
        (lambda database: database["kept_tiles"].delete_one({}), "are not those of 3 leaves"),
        (
            lambda database: database["kept_tiles"].update_one({}, {"$set": {"hashes": b"short"}}),
            "are not those of 3 leaves",
        ),
        (lambda database: database["kept_bodies"].delete_many({}), "3 leaves of the kept log did:key:z6MkPeer/1 lack"),
        (
            lambda database: database["kept_leaves"].update_one({"place": 1}, {"$set": {"state": "gone"}}),
            "1 leaves of the kept log",
        ),
        (lambda database: database["kept_logs"].update_one({}, {"$inc": {"held": 1}}), "is counted wrong"),
    ],
)
async def test_check_says_what_is_wrong_between_the_collections(
    store: Store, url: str, mongo: MongoServer, harm: Any, sentence: str
) -> None:
    for number in (1, 2):
        await store.append(an_entry(number), an_activity(number), expecting=number - 1)
    await store.add_deliveries([a_delivery(1, object=NOTE), a_delivery(2, object=NOTE)], now=NOON)
    await keep(store, [a_held(place) for place in range(3)])
    assert await store.check() == []
    with mongo.client() as client:
        harm(client.get_database(url.rpartition("/")[2].partition("?")[0]))
    assert sentence in " ".join(await store.check())


async def test_a_line_has_one_head_whatever_is_written(store: Store, url: str, mongo: MongoServer) -> None:
    await store.add_deliveries([a_delivery(1, object=NOTE), a_delivery(2, object=NOTE)], now=NOON)
    with mongo.client() as client:
        kept = client.get_database(url.rpartition("/")[2].partition("?")[0])["deliveries"]
        assert [0, 2] == sorted(one["place_in_turn"] for one in kept.find())
        assert len(kept.distinct("turn")) == 1
        for one in kept.find():
            row = {name: value for name, value in one.items() if name not in ("_id", "turn", "place_in_turn")}
            assert one == DELIVERIES.complete(row)
    await store.cancel_host_deliveries(Host(PEER))
    assert await store.check() == []
