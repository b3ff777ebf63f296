"""A copy of a whole store on any engine: complete, compared, resumed wherever it broke off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import storage.copying
from storage.backends import open_store
from storage.blobs import DiskBlobs, digest_of
from storage.copied import TABLES
from storage.copying import copy_blobs, copy_store, refuse_busy, sum_of
from storage.errors import StorageError, StoreBusy
from storage.ids import ActorId, Did, Digest
from storage.records import Process
from storage.store import Store
from tests.mongo_server import MongoServer
from tests.storage.filling import fill
from tests.storage.making import LEASE, OURS, a_delivery, a_follower, a_post, a_union, after, an_actor

PERSON = ActorId("https://peer.example/users/")


def untold(_what: str, _count: int) -> None:
    """Nobody listens."""


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[Store]:
    source = await open_store(f"sqlite://{tmp_path}/source.db")
    await fill(source)
    yield source
    await source.close()


async def sums(store: Store) -> dict[str, Any]:
    return {table: await sum_of(store, table) for table in TABLES}


class Broken(Exception):
    """As if the process were killed here."""


class Breaking:
    """A store whose writing verbs end the copy: before or after the step of this number."""

    def __init__(self, store: Store, at: int) -> None:
        self.store, self.left = store, at

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self.store, name)
        if name not in ("put_rows", "save_copy_mark", "clear_rows", "settle_rows"):
            return verb

        async def step(*given: Any) -> None:
            self.left -= 1
            if self.left == 0:
                raise Broken
            await verb(*given)
            self.left -= 1
            if self.left == 0:
                raise Broken

        return step


async def test_a_filled_store_has_rows_in_every_table(source: Store) -> None:
    """Or the other tests here would prove nothing."""
    assert [] == [table for table, total in (await sums(source)).items() if total.count == 0]


async def test_every_row_arrives_as_it_was(source: Store, store: Store) -> None:
    counts = await copy_store(source, store, told=untold)
    assert await sums(source) == await sums(store)
    assert (3, 6) == (counts["entries"], counts["deliveries"])


async def test_a_copy_of_a_copy_is_the_same(source: Store, store: Store, tmp_path: Path) -> None:
    await copy_store(source, store, told=untold)
    await store.remove_copy_marks()
    back = await open_store(f"sqlite://{tmp_path}/back.db")
    await copy_store(store, back, told=untold)
    assert (await sums(source), []) == (await sums(back), await back.check())
    await back.close()


async def test_documents_are_those_that_the_verbs_write(source: Store, mongo: MongoServer) -> None:
    """With every field that only indexes and filters need; and so are those of a copy back and forth."""
    names = [mongo.new_database() for _ in range(2)]
    made, copied = [await open_store(mongo.url(name)) for name in names]
    await fill(made)
    await copy_store(source, copied, told=untold)
    with mongo.client() as client:
        for table in TABLES:
            written, brought = ([_known(one) for one in client[name][table].find().sort("_id")] for name in names)
            assert written == brought != [], table
    for store, name in zip((made, copied), names, strict=True):
        await store.close()
        mongo.forget(name)


def _known(document: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from run to run, or only says that somebody was there."""
    unlike = {"behind", "fenced", "queued"}
    kept = {name: value for name, value in document.items() if name not in unlike}
    return {**kept, "place": type(kept["place"])} if "place" in kept and "received_at" in kept else kept


async def test_readers_find_the_same_pages(source: Store, store: Store) -> None:
    await copy_store(source, store, told=untold)
    for each in ("streik", "파업", None):
        listed = await store.list_posts(None, before=None, limit=9, tag=each)
        assert await source.list_posts(None, before=None, limit=9, tag=each) == listed != []
    assert await source.list_pinned(OURS) == await store.list_pinned(OURS)
    assert await source.list_boosts(OURS, before=None, limit=9) == await store.list_boosts(OURS, before=None, limit=9)
    assert await source.list_media(after=None, limit=9) == await store.list_media(after=None, limit=9)
    assert await source.find_union() == await store.find_union()
    assert await source.get_cursor("pages") == await store.get_cursor("pages")


@pytest.mark.parametrize("page", [1, 2, 200])
async def test_pages_of_any_size_leave_nothing_out(
    source: Store, store: Store, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.copying, "PAGE", page)
    await copy_store(source, store, told=untold)
    assert await sums(source) == await sums(store)


async def test_a_copy_that_broke_off_anywhere_goes_on_where_it_was(
    source: Store, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off again and again, each time a few steps further on; a page that is whole is never copied again."""
    monkeypatch.setattr(storage.copying, "PAGE", 2)
    breaks = 0
    while True:
        try:
            await copy_store(source, Breaking(store, at=5), told=untold)
        except Broken:
            breaks += 1
            assert {} != await store.list_copy_marks()
        else:
            break
        assert breaks < 200
    assert breaks > 20
    assert await sums(source) == await sums(store)


@pytest.mark.parametrize("at", range(1, 13))
async def test_a_copy_broken_off_once_is_made_whole_by_the_same_command(source: Store, tmp_path: Path, at: int) -> None:
    target = await open_store(f"sqlite://{tmp_path}/target.db")
    with pytest.raises(Broken):
        await copy_store(source, Breaking(target, at=at), told=untold)
    await copy_store(source, target, told=untold)
    assert await sums(source) == await sums(target)
    await target.close()


async def test_what_changed_between_two_tries_is_copied_anew(source: Store, store: Store) -> None:
    """The node ran in between: rows were added, changed and removed."""
    await copy_store(source, store, told=untold)
    await source.save_actor(an_actor(name="Another name"))
    await source.remove_boost((await source.list_boosts(OURS, before=None, limit=1))[0].activity)
    await source.save_follower(a_follower(PERSON))
    await source.save_post(a_post(2, html="<p>Other words</p>"))
    assert await sums(source) != await sums(store)
    await copy_store(source, store, told=untold)
    assert await sums(source) == await sums(store)


async def test_a_store_that_goes_on_changing_is_told_and_stays_half_copied(
    source: Store, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare, names = storage.copying._compare, iter("abcdef")

    async def change(one: Store, other: Store) -> Any:
        await source.save_follower(a_follower(ActorId(PERSON + next(names))))
        return await compare(one, other)

    monkeypatch.setattr(storage.copying, "_compare", change)
    with pytest.raises(StoreBusy, match=r"goes on changing while it is copied \(followers\)"):
        await copy_store(source, store, told=untold)
    assert "of union" in await store.list_copy_marks()


async def test_what_the_target_lost_or_altered_is_seen_and_mended(source: Store, store: Store) -> None:
    await copy_store(source, store, told=untold)
    rows, _ = await store.list_rows("activities", after=None, limit=1)
    await store.put_rows("activities", [{**rows[0], "body": b"other bytes"}])
    await store.clear_rows("followers")
    await copy_store(source, store, told=untold)
    assert await sums(source) == await sums(store)


async def test_another_unions_store_is_refused_and_untouched(source: Store, store: Store) -> None:
    await store.add_union(a_union(did=Did("did:key:z6MkTheirs"), name="Theirs"))
    before = await sums(store)
    with pytest.raises(StorageError, match=r"holds a store already \(Theirs\)"):
        await copy_store(source, store, told=untold)
    assert (before, {}) == (await sums(store), await store.list_copy_marks())


async def test_our_own_whole_store_is_not_written_over(source: Store, store: Store) -> None:
    await copy_store(source, store, told=untold)
    await store.remove_copy_marks()
    with pytest.raises(StorageError, match="never replaces anything"):
        await copy_store(source, store, told=untold)


async def test_rows_without_a_union_are_no_place_to_copy_to(source: Store, store: Store) -> None:
    await store.add_actor(an_actor("other"))
    with pytest.raises(StorageError, match="holds rows of a store already"):
        await copy_store(source, store, told=untold)


async def test_a_half_made_copy_of_another_union_is_refused(source: Store, store: Store) -> None:
    await store.save_copy_mark("of union", "did:key:z6MkTheirs")
    with pytest.raises(StorageError, match="half made copy of another union's store"):
        await copy_store(source, store, told=untold)


async def test_an_empty_or_half_copied_store_is_no_source(source: Store, store: Store) -> None:
    with pytest.raises(StorageError, match="nothing to copy"):
        await copy_store(store, source, told=untold)
    await source.save_copy_mark("of union", a_union().did)
    with pytest.raises(StorageError, match="half copied itself"):
        await copy_store(source, store, told=untold)


async def test_a_store_at_work_is_refused_until_it_rests(mongo: MongoServer, tmp_path: Path) -> None:
    name = mongo.new_database()
    store = await open_store(mongo.url(name))
    now = await store.find_server_time()
    assert now is not None
    process = Process(id="one", kind="worker", version="1", started_at=now, seen_at=now)
    await store.save_process(process, gone_before=after())
    with pytest.raises(StoreBusy, match="at work on this store: `worker`"):
        await refuse_busy(store)
    await store.remove_process("one")
    await refuse_busy(store)
    await store.close()
    mongo.forget(name)


async def test_a_store_that_was_copied_goes_on_with_higher_serials(source: Store, tmp_path: Path) -> None:
    target = await open_store(f"sqlite://{tmp_path}/target.db")
    await copy_store(source, target, told=untold)
    rows, _ = await target.list_rows("deliveries", after=None, limit=99)
    await target.add_deliveries([a_delivery(7)], now=after())
    (new,) = [
        row
        for row in (await target.list_rows("deliveries", after=None, limit=99))[0]
        if row["activity"] == a_delivery(7).activity
    ]
    assert new["serial"] > max(row["serial"] for row in rows)
    await target.close()


async def test_deliveries_go_on_from_a_copy_in_the_same_order(source: Store, tmp_path: Path) -> None:
    target = await open_store(f"sqlite://{tmp_path}/target.db")
    await copy_store(source, target, told=untold)
    claims = [
        [
            (one.activity, one.inbox)
            for one in await store.claim_deliveries(
                now=after(hours=1), until=after(hours=2), lease=LEASE, limit=9, per_host=9, busy=[]
            )
        ]
        for store in (source, target)
    ]
    assert claims[0] == claims[1] != []
    await target.close()


async def test_media_are_copied_whole_and_what_is_damaged_is_told(tmp_path: Path) -> None:
    source, target = DiskBlobs(tmp_path / "one"), DiskBlobs(tmp_path / "two")
    good, bad = await source.add_blob(b"good"), await source.add_blob(b"bad")
    (tmp_path / "one" / bad[:2] / bad[2:4] / bad).write_bytes(b"bax")
    await target.add_blob(b"good")
    (tmp_path / "two" / good[:2] / good[2:4] / good).write_bytes(b"goo")
    assert [bad] == await copy_blobs(source, target, now=after(), told=untold)
    assert (b"good", None) == (await target.read_blob(good), await target.find_size(bad))


async def test_media_that_come_out_altered_end_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = DiskBlobs(tmp_path / "one"), DiskBlobs(tmp_path / "two")
    await source.add_blob(b"good")

    async def lose(_self: DiskBlobs, body: bytes) -> Digest:
        return digest_of(body)

    monkeypatch.setattr(DiskBlobs, "add_blob", lose)
    with pytest.raises(StorageError, match="came out altered"):
        await copy_blobs(source, target, now=after(), told=untold)


async def test_progress_is_told_by_table(source: Store, store: Store) -> None:
    told: list[tuple[str, int]] = []
    await copy_store(source, store, told=lambda what, count: told.append((what, count)))
    assert list(TABLES) == [what for what, _ in told]
    assert ("deliveries", 6) in told


async def test_a_backup_never_replaces_a_file(source: Store, store: Store, tmp_path: Path) -> None:
    await copy_store(source, store, told=untold)
    await store.remove_copy_marks()
    await asyncio.to_thread((tmp_path / "copy").write_bytes, b"something else")
    with pytest.raises(StorageError, match="exists already"):
        await store.back_up(str(tmp_path / "copy"))
    assert b"something else" == await asyncio.to_thread((tmp_path / "copy").read_bytes)


async def test_a_backup_holds_every_row(source: Store, store: Store, tmp_path: Path) -> None:
    await copy_store(source, store, told=untold)
    await store.remove_copy_marks()
    await store.back_up(str(tmp_path / "copy.db"))
    copy = await open_store(f"sqlite://{tmp_path}/copy.db")
    expected, found = await sums(source), await sums(copy)
    assert ({}, []) == (await copy.list_copy_marks(), await copy.check())
    assert {"deliveries"} >= {table for table in TABLES if expected[table] != found[table]}, "what was lent comes back"
    assert expected["deliveries"].count == found["deliveries"].count
    await copy.close()
