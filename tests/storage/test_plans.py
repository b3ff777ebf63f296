"""What SQLite plans for the pages that readers ask for most: an index gives the order, nothing is sorted."""

import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from storage.ids import Digest, ObjectId
from storage.sqlite.database import Step
from storage.sqlite.store import SqliteStore
from storage.store import Store
from tests.storage.making import NOON, OURS

CURSOR = (NOON, ObjectId("https://peer.example/notes/1"))
UPDATE = ObjectId("https://union.example/objects/1")


async def plan_of(
    sqlite: SqliteStore, ask: Callable[[Store], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Every line of SQLite's plan for what is asked."""

    async def explain(step: Step[object]) -> object:
        def run(connection: sqlite3.Connection) -> object:
            statements: list[str] = []
            connection.set_trace_callback(statements.append)
            answer = step(connection)
            connection.set_trace_callback(None)
            for statement in statements:
                lines.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))
            return answer

        return await look(run)

    lines: list[str] = []
    look = sqlite.database.read
    monkeypatch.setattr(sqlite.database, "read", explain)
    await ask(sqlite)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda store: store.list_posts(None, before="9", limit=9, tag="streik"), "post_tags USING PRIMARY KEY"),
        (lambda store: store.list_posts(OURS, before=None, limit=9, tag="streik"), "post_tags USING PRIMARY KEY"),
        (lambda store: store.list_posts(None, before="9", limit=9), "posts_shown "),
        (lambda store: store.list_posts(OURS, before="9", limit=9), "posts_shown_of_actor"),
        (lambda store: store.find_media(Digest("0" * 64)), "post_media_named"),
        (lambda store: store.list_media(after=Digest("0" * 64), limit=9), "post_media_named"),
        (lambda store: store.list_timeline(before=CURSOR, limit=9), "remote_posts_timeline"),
        (lambda store: store.list_comments(None, state=None, before=CURSOR, limit=9), "remote_posts_comments "),
        (lambda store: store.find_next_post(OURS, after="9"), "posts_shown_of_actor"),
        (lambda store: store.list_newest_posts([OURS]), "posts_shown_of_actor"),
        (lambda store: store.count_shown_comments([UPDATE]), "remote_posts_comments_held"),
        (lambda store: store.count_reactions_of_each([UPDATE]), "autoindex_reactions_1"),
        (lambda store: store.list_shown_comments(UPDATE, skip=9, limit=9), "remote_posts_comments_on"),
        (lambda store: store.list_comments(UPDATE, state="held", before=CURSOR, limit=9), "remote_posts_comments_on"),
        (lambda store: store.count_comments(UPDATE, state="held"), "remote_posts_comments_counted"),
    ],
)
async def test_a_page_comes_from_an_index_and_nothing_is_sorted(
    sqlite: SqliteStore, ask: Callable[[Store], Awaitable[object]], index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_of(sqlite, ask, monkeypatch)
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in plan
