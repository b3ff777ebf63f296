"""What MongoDB's documents hold besides the row says what SQLite's generated columns and questions say."""

from __future__ import annotations

import pytest

from storage.ids import ActorId, InboxUrl
from storage.mongo.followers import derive_inboxes
from storage.mongo.remotes import derive_address
from storage.sqlite.store import SqliteStore
from tests.storage.making import OURS, a_follower, a_remote_actor

IDS = (
    "https://peer.example/users/anna",
    "https://peer.example",
    "https://peer.example/",
    "http://peer.example/u",
    "https://Peer.Example:8443/u",
    "https://ПИР.example/Ä",
    "peer.example/u",
    "//peer.example/u",
    "x",
)
INBOXES = (
    "https://peer.example/inbox",
    "https://peer.example",
    "http://peer.example/inbox",
    "https://peer.example.mal/inbox",
    "https://Peer.Example:8443/inbox",
    "https://ПИР.example/inbox",
)


@pytest.mark.parametrize("id", IDS)
async def test_an_address_is_the_same_on_both_engines(sqlite: SqliteStore, id: str) -> None:
    actor = a_remote_actor(ActorId(id), handle="Ännä", keys=())
    await sqlite.save_remote_actor(actor)
    rows = await sqlite.database.read(
        lambda connection: connection.execute("SELECT address FROM remote_actors").fetchall()
    )
    assert [(derive_address({"id": id, "handle": "Ännä"})["address"],)] == rows


@pytest.mark.parametrize("shared", [None, "", "https://peer.example/shared"])
async def test_where_deliveries_go_is_the_same_on_both_engines(sqlite: SqliteStore, shared: InboxUrl | None) -> None:
    follower = a_follower(shared_inbox=shared)
    await sqlite.save_follower(follower)
    row = {"actor": follower.actor, "inbox": follower.inbox, "shared_inbox": shared}
    listed = await sqlite.list_delivery_inboxes(OURS, after=None, limit=9)
    assert [derive_inboxes(row)["delivery_inbox"]] == listed


@pytest.mark.parametrize("id", IDS)
async def test_whether_an_inbox_is_at_home_is_the_same_on_both_engines(sqlite: SqliteStore, id: str) -> None:
    for number, inbox in enumerate(INBOXES):
        await sqlite.save_follower(a_follower(ActorId(id), follows=ActorId(f"{OURS}{number}"), inbox=InboxUrl(inbox)))
    foreign = await sqlite.list_foreign_inboxes([InboxUrl(inbox) for inbox in INBOXES])
    rows = [{"actor": id, "inbox": inbox, "shared_inbox": None} for inbox in INBOXES]
    assert foreign == {row["inbox"] for row in rows if not derive_inboxes(row)["at_home"]}
