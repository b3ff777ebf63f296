"""A store of an older release keeps what it holds when its tables change."""

import sqlite3
from pathlib import Path

from storage.backends import open_store
from storage.sqlite.migrate import list_steps, migrate
from tests.storage.making import ANNA, a_remote_actor, a_remote_key, a_remote_post

KEY, POST = a_remote_key(), a_remote_post()


def insert(connection: sqlite3.Connection, table: str, **row: object) -> None:
    names = ", ".join(row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))  # noqa: S608


async def test_keys_and_notes_of_others_outlive_the_step_that_keys_them_by_their_owner(tmp_path: Path) -> None:
    file = tmp_path / "picketline.db"
    older = tuple(step for step in list_steps() if step.number < 8)
    connection = sqlite3.connect(file, isolation_level=None)
    migrate(connection, file, older)
    actor = a_remote_actor()
    insert(
        connection,
        "remote_actors",
        id=ANNA,
        type="Person",
        handle="anna",
        name="Anna",
        url=actor.url,
        inbox=actor.inbox,
        fetched_at=0,
    )
    insert(connection, "remote_keys", id=KEY.id, owner=ANNA, place=0, kind="rsa", public=KEY.public, fetched_at=0)
    times = dict.fromkeys(("published_at", "received_at"), 0)
    flags = {"in_timeline": 1, "is_public": 1}
    insert(
        connection, "remote_posts", id=POST.id, actor=ANNA, type="Note", url=POST.url, html=POST.html, **times, **flags
    )
    connection.close()
    store = await open_store(f"sqlite://{file}")
    try:
        kept = await store.find_remote_post(POST.id, ANNA)
        key = await store.find_remote_key(KEY.id, ANNA)
        found = await store.find_remote_actor(ANNA)
    finally:
        await store.close()
    assert kept is not None
    assert key is not None
    assert found is not None
    assert (kept.html, key.public, found.keys) == (POST.html, KEY.public, (key,))
