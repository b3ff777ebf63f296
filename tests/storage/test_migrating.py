"""A store of an older release keeps what it holds when its tables change."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.sqlite.migrate import list_steps, migrate
from tests.storage.keeping import OLDER_EVIDENCE, PEER
from tests.storage.making import ANNA, OURS, a_post, a_remote_actor, a_remote_key, a_remote_post

KEY, POST, UPDATE, ACTOR = a_remote_key(), a_remote_post(), a_post(), a_remote_actor()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def insert(connection: sqlite3.Connection, table: str, **row: object) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))  # noqa: S608


def fill(connection: sqlite3.Connection) -> None:
    """Somebody with a key who follows us and answered, and what was answered; as every release wrote them."""
    person = {"type": "Person", "handle": "anna", "name": "Anna", "url": ACTOR.url, "inbox": ACTOR.inbox}
    insert(connection, "remote_actors", id=ANNA, **person, fetched_at=0)
    insert(connection, "remote_keys", id=KEY.id, owner=ANNA, place=0, kind="rsa", public=KEY.public, fetched_at=0)
    reply = {"url": POST.url, "html": POST.html, "comment_on": UPDATE.id, "comment_state": "shown"}
    times = dict.fromkeys(("published_at", "received_at"), 0)
    flags = {"in_timeline": 1, "is_public": 1}
    insert(connection, "remote_posts", id=POST.id, actor=ANNA, type="Note", **reply, **times, **flags)
    follower = {"follows": OURS, "activity": "a", "inbox": ACTOR.inbox, "state": "accepted", "since": 0}
    insert(connection, "followers", actor=ANNA, **follower)
    words = {"tags": "[]", "html": UPDATE.html, "text": UPDATE.text, "body": UPDATE.body}
    post = {"actor": OURS, "serial": 1, "activity": UPDATE.activity, "index": 0, "published_at": 0}
    insert(connection, "posts", id=UPDATE.id, **post, **words)


async def test_what_others_claimed_and_what_was_not_served_no_longer_speaks_against_a_log(tmp_path: Path) -> None:
    file = tmp_path / "picketline.db"
    connection = sqlite3.connect(file, isolation_level=None)
    migrate(connection, file, tuple(step for step in list_steps() if step.number <= 13))
    for number, (older, first, second, _) in enumerate(OLDER_EVIDENCE):
        row = {"did": PEER, "digest": str(number), "kind": older, "found_at": number, "first": first, "second": second}
        insert(connection, "evidence", **row)
    connection.close()
    store = await open_store(f"sqlite://{file}")
    try:
        found = await store.list_evidence()
    finally:
        await store.close()
    assert [row[1:] for row in OLDER_EVIDENCE] == [(one.first, one.second, one.kind) for one in found]


@pytest.mark.parametrize("steps", [3, 4, 5, 6, 7, 8, 9, 10])
async def test_what_an_older_release_kept_outlives_every_step(tmp_path: Path, steps: int) -> None:
    file = tmp_path / "picketline.db"
    connection = sqlite3.connect(file, isolation_level=None)
    older = tuple(step for step in list_steps() if step.number <= steps)
    assert len(older) < len(list_steps())
    migrate(connection, file, older)
    fill(connection)
    connection.close()
    store = await open_store(f"sqlite://{file}")
    try:
        kept = await store.find_remote_post(POST.id, ANNA)
        key = await store.find_remote_key(KEY.id, ANNA)
        found = await store.find_remote_actor(ANNA)
        update = await store.find_post(UPDATE.id)
        follower = await store.find_follower(ANNA, OURS)
        assert [] == await store.check()
    finally:
        await store.close()
    assert kept is not None
    assert key is not None
    assert found is not None
    assert update is not None
    assert follower is not None
    assert (kept.html, kept.comment_on, kept.comment_state) == (POST.html, UPDATE.id, "shown")
    assert (key.public, found.keys) == (KEY.public, (key,))
    assert (update.text, update.pictures, follower.since) == (UPDATE.text, (), EPOCH)


def test_a_store_brought_forward_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    def tables(name: str, *rounds: int) -> list[object]:
        connection = sqlite3.connect(tmp_path / name, isolation_level=None)
        for last in rounds:
            migrate(connection, tmp_path / name, tuple(step for step in list_steps() if step.number <= last))
        found = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
        connection.close()
        return found

    newest = list_steps()[-1].number
    assert tables("new.db", newest) == tables("old.db", *range(1, newest + 1))
