"""What SQLite plans for the pages that readers ask for most: an index gives the order, nothing is sorted."""

import re
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from storage.ids import Digest, ObjectId
from storage.sqlite.database import Step
from storage.sqlite.store import SqliteStore
from storage.store import Store
from tests.storage.keeping import LOG, PEER, SAYS, a_held, a_peer, keep
from tests.storage.making import NOON, OURS

CURSOR = (NOON, ObjectId("https://peer.example/notes/1"))
UPDATE = ObjectId("https://union.example/objects/1")
FILE = Digest("0" * 64)


async def plan_of(
    sqlite: SqliteStore,
    ask: Callable[[Store], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
    of: str = "read",
) -> str:
    """Every line of SQLite's plan for what is asked."""

    async def explain(step: Step[object], **_: object) -> object:
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
    look = getattr(sqlite.database, of)
    monkeypatch.setattr(sqlite.database, of, explain)
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
        (lambda store: store.find_log(LOG), "autoindex_kept_logs_1"),
        (lambda store: store.list_logs(PEER), "kept_logs_of"),
        (lambda store: store.measure_log(LOG), "autoindex_kept_logs_1"),
        (lambda store: store.measure_leaves(LOG, 9, 99), "autoindex_kept_leaves_1"),
        (lambda store: store.list_leaves(LOG, 9, 9), "autoindex_kept_leaves_1"),
        (lambda store: store.find_leaf(LOG, "z"), "kept_leaves_digests"),
        (lambda store: store.list_standing(LOG, None, before=9, limit=9), "kept_leaves_standing "),
        (lambda store: store.list_standing(LOG, SAYS, before=9, limit=9), "kept_leaves_standing_of_actor"),
        (lambda store: store.find_standing(LOG, UPDATE), "kept_leaves_standing_of_object"),
        (lambda store: store.list_object_leaves(LOG, [UPDATE]), "kept_leaves_of_object"),
        (lambda store: store.find_newest_takings(LOG, [UPDATE], "Delete", below=9), "kept_leaves_takings"),
        (
            lambda store: store.list_takeable(LOG, {UPDATE: 9}, "Update", states=["held"], limit=9),
            "kept_leaves_of_object (log=? AND object=? AND state=? AND type=? AND place<?)",
        ),
        (
            lambda store: store.list_takeable(LOG, {UPDATE: 9}, "Delete", states=["held"], limit=9),
            "kept_leaves_of_object (log=? AND object=? AND state=? AND type>?)",
        ),
        (lambda store: store.list_standing_versions(LOG, [UPDATE]), "kept_leaves_standing_of_object"),
        (lambda store: store.list_profiles(LOG), "kept_leaves_profiles"),
        (lambda store: store.list_wanted(LOG, after=9, limit=9), "kept_leaves_wanted"),
        (lambda store: store.count_leaves_since(PEER, NOON), "kept_leaves_new"),
        (lambda store: store.list_receipts(LOG), "autoindex_receipts_1"),
        (lambda store: store.find_peer(PEER), "autoindex_peers_1"),
        (lambda store: store.find_peer_by_actor(SAYS), "peers_by_actor"),
        (lambda store: store.list_evidence(PEER), "evidence_found_of"),
        (lambda store: store.list_retractions(PEER), "retractions_kept"),
        (lambda store: store.list_withheld(PEER), "autoindex_withheld_1"),
        (lambda store: store.list_held_media(PEER, is_held=True, after=FILE, limit=9), "held_media_held_of"),
        (lambda store: store.list_held_media(PEER, is_held=None, after=FILE, limit=9), "autoindex_held_media_1"),
        (lambda store: store.list_held_media(None, is_held=False, after=FILE, limit=9), "held_media_held "),
        (lambda store: store.list_held_media(None, is_held=None, after=FILE, limit=9), "held_media_each"),
        (lambda store: store.measure_held_media(PEER), "held_media_held_of"),
    ],
)
async def test_a_page_comes_from_an_index_and_nothing_is_sorted(
    sqlite: SqliteStore, ask: Callable[[Store], Awaitable[object]], index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await plan_of(sqlite, ask, monkeypatch)
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN" not in re.sub(r"SCAN (json_each|these|those)\b", "", plan)


@pytest.mark.parametrize(
    ("change", "index"),
    [
        (lambda store: store.grow_log(LOG, expecting=1, leaves=[a_held(1)], tiles=[]), "autoindex_kept_logs_1"),
        (lambda store: store.keep_bodies(LOG, {0: (SAYS, b"")}, at=NOON), "autoindex_kept_leaves_1"),
        (
            lambda store: store.withdraw_leaves(LOG, expecting=0, to=1, places=[0], standing={0: False}, at=NOON),
            "autoindex_kept_leaves_1",
        ),
        (lambda store: store.erase_leaves(LOG, [0], at=NOON), "autoindex_kept_leaves_1"),
        (lambda store: store.purge_leaves(hidden_before=NOON, limit=9), "kept_leaves_hidden"),
        (lambda store: store.forget_peer(PEER), "autoindex_kept_bodies_1"),
        (lambda store: store.purge_activities([UPDATE]), "autoindex_activities_1"),
    ],
)
async def test_what_changes_a_kept_log_finds_its_rows_by_an_index(
    sqlite: SqliteStore, change: Callable[[Store], Awaitable[object]], index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(sqlite, [a_held(0)])
    await sqlite.add_peer(a_peer())
    plan = await plan_of(sqlite, change, monkeypatch, of="write")
    assert index in plan
    assert "SCAN" not in plan.replace("SCAN json_each", "")
    assert not re.search(r"kept_leaves USING .*\(log=\?\)", plan)  # the whole log for a few places


async def test_tiles_are_found_by_their_names(sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await plan_of(sqlite, lambda store: store.find_tiles(LOG, [(0, 1), (1, 0)]), monkeypatch)
    assert "autoindex_kept_tiles_1" in plan
    assert "SCAN" not in plan.replace("SCAN these", "")
