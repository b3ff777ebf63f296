"""The SQLite engine at work: one writer, groups of steps, readers, a full disk."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.errors import StorageError, StoreFull
from storage.sqlite.connection import connect
from storage.sqlite.database import LARGE, Database
from storage.sqlite.store import SqliteStore, open_database
from tests.storage.conftest import pragma
from tests.storage.making import LEASE, NOON, a_delivery, a_received, a_union, after, an_activity, an_actor, an_entry


@asynccontextmanager
async def writer_held_up(database: Database) -> AsyncIterator[None]:
    """Keep the writer busy, so that what is asked inside queues up behind it."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait()

    held = asyncio.ensure_future(database.write(wait))
    await asyncio.to_thread(begun.wait)
    try:
        yield
        await asyncio.sleep(0)  # one turn of the loop: what was asked is queued now
    finally:
        go_on.set()
        await held


async def test_readers_cannot_write(sqlite: SqliteStore) -> None:
    with pytest.raises(StorageError, match="could not be read or written"):
        await sqlite.database.read(lambda connection: connection.execute("DELETE FROM actors"))


async def test_a_full_disk_keeps_nothing_of_the_step_and_everything_before_it(sqlite: SqliteStore) -> None:
    await sqlite.add_union(a_union())
    pages = await sqlite.database.write(pragma("page_count"))
    await sqlite.database.write(pragma(f"max_page_count = {pages + 2}"))
    deliveries = [a_delivery(number) for number in range(1000)]
    with pytest.raises(StoreFull, match="Make room on the disk"):
        await sqlite.add_activity(an_activity(), deliveries)
    assert (a_union(), None) == (await sqlite.find_union(), await sqlite.find_activity(an_activity().id))
    await sqlite.database.write(pragma("max_page_count = 1000000"))
    assert await sqlite.add_activity(an_activity(), deliveries) is True
    assert await sqlite.check() == []


async def test_one_step_too_large_for_the_disk_does_not_take_its_group_along(sqlite: SqliteStore) -> None:
    pages = await sqlite.database.write(pragma("page_count"))
    await sqlite.database.write(pragma(f"max_page_count = {pages + 2}"))
    huge = an_activity(2, body=b"x" * 100_000)
    results = await asyncio.gather(
        sqlite.add_union(a_union()),
        sqlite.add_activity(huge, []),
        sqlite.add_received(a_received()),
        return_exceptions=True,
    )
    assert (results[0], results[2]) == (True, True)
    assert isinstance(results[1], StoreFull)
    assert (a_union(), None) == (await sqlite.find_union(), await sqlite.find_activity(huge.id))


async def test_what_queues_up_shares_one_commit(sqlite: SqliteStore) -> None:
    statements: list[str] = []
    await sqlite.database.write(lambda connection: connection.set_trace_callback(statements.append))
    async with writer_held_up(sqlite.database):
        statements.clear()
        writes = [asyncio.ensure_future(sqlite.add_actor(an_actor(f"a{number}"))) for number in range(50)]
    assert await asyncio.gather(*writes) == [True] * 50
    assert [text for text in statements if text == "COMMIT"] == ["COMMIT", "COMMIT"]


async def test_a_small_write_waits_for_one_large_one_at_most_and_large_ones_have_their_turn(
    sqlite: SqliteStore,
) -> None:
    done: list[str] = []

    def ask(name: str, *, rows: int) -> asyncio.Future[None]:
        return asyncio.ensure_future(sqlite.database.write(lambda _: done.append(name), rows=rows))

    async with writer_held_up(sqlite.database):
        writes = [ask(f"large {number}", rows=LARGE) for number in range(3)]
        writes += [ask(f"small {number}", rows=LARGE - 1) for number in range(130)]
    await asyncio.gather(*writes)
    of_large = [place for place, name in enumerate(done) if name.startswith("large")]
    assert [128, 131, 132] == of_large
    assert [f"large {number}" for number in range(3)] == [done[place] for place in of_large]


async def test_what_is_large_and_queued_when_the_store_closes_is_kept(sqlite: SqliteStore) -> None:
    done: list[int] = []
    async with writer_held_up(sqlite.database):
        writes = [
            asyncio.ensure_future(sqlite.database.write(lambda _: done.append(LARGE), rows=LARGE)) for _ in range(3)
        ]
        await asyncio.sleep(0)
        sqlite.database._writes.put(None)  # as closing does behind what is queued
    await asyncio.gather(*writes)
    assert [LARGE] * 3 == done


async def test_a_failing_step_takes_back_only_itself(sqlite: SqliteStore) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM actors")
        raise RuntimeError("no")

    async with writer_held_up(sqlite.database):
        first = asyncio.ensure_future(sqlite.add_actor(an_actor("first")))
        failing = asyncio.ensure_future(sqlite.database.write(fail))
        last = asyncio.ensure_future(sqlite.add_actor(an_actor("last")))
    with pytest.raises(RuntimeError, match="no"):
        await failing
    assert (await first, await last) == (True, True)
    assert {"first", "last"} == {actor.handle for actor in await sqlite.list_actors()}


async def test_when_the_whole_transaction_is_lost_the_others_are_done_again(sqlite: SqliteStore) -> None:
    def lose(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise RuntimeError("lost")

    async with writer_held_up(sqlite.database):
        first = asyncio.ensure_future(sqlite.add_actor(an_actor("first")))
        failing = asyncio.ensure_future(sqlite.database.write(lose))
        last = asyncio.ensure_future(sqlite.add_actor(an_actor("last")))
    with pytest.raises(RuntimeError, match="lost"):
        await failing
    assert (await first, await last) == (True, True)
    assert {"first", "last"} == {actor.handle for actor in await sqlite.list_actors()}


async def test_a_cancelled_caller_leaves_the_whole_step(sqlite: SqliteStore) -> None:
    async with writer_held_up(sqlite.database):
        append = asyncio.ensure_future(sqlite.append(an_entry(), an_activity(), expecting=0))
        await asyncio.sleep(0)
        append.cancel()
        with pytest.raises(asyncio.CancelledError):
            await append
    await sqlite.add_actor(an_actor())
    assert await sqlite.size() == 1
    assert an_activity() == await sqlite.find_activity(an_activity().id)


async def test_a_cancelled_caller_hides_no_failure_from_the_others(sqlite: SqliteStore) -> None:
    async with writer_held_up(sqlite.database):
        doomed = asyncio.ensure_future(sqlite.append(an_entry(), an_activity(), expecting=7))
        await asyncio.sleep(0)
        doomed.cancel()
    assert await sqlite.append(an_entry(), an_activity(), expecting=0) == 1


def test_a_loop_that_ended_does_not_stop_the_writer(file: Path) -> None:
    database = open_database(file)
    store = SqliteStore(database, lambda: None)

    loop_is_closed = threading.Event()

    async def leave_at_once() -> None:
        tasks = [database.write(lambda _: loop_is_closed.wait()), store.add_actor(an_actor())]
        await asyncio.wait([asyncio.ensure_future(task) for task in tasks], timeout=0)

    asyncio.run(leave_at_once())
    loop_is_closed.set()
    assert asyncio.run(store.add_actor(an_actor())) is False
    assert [an_actor()] == asyncio.run(store.list_actors())
    asyncio.run(store.close())


async def test_a_read_sees_every_write_that_returned_before_it(sqlite: SqliteStore) -> None:
    for number in range(1, 51):
        await sqlite.append(an_entry(number), an_activity(number), expecting=number - 1)
        assert number == await sqlite.size()


async def test_a_read_sees_one_moment(sqlite: SqliteStore, file: Path) -> None:
    def count_around_a_write(connection: sqlite3.Connection) -> tuple[int, int]:
        before = connection.execute("SELECT count(*) FROM cursors").fetchone()[0]
        with closing(connect(file)) as other:
            other.execute("INSERT INTO cursors VALUES ('pages', 1)")
        return before, connection.execute("SELECT count(*) FROM cursors").fetchone()[0]

    assert await sqlite.database.read(count_around_a_write) == (0, 0)
    assert await sqlite.get_cursor("pages") == 1


async def test_a_claim_reads_what_it_lends_and_not_the_queue(sqlite: SqliteStore) -> None:
    slow = [a_delivery(number, "slow.example") for number in range(5000)]
    await sqlite.add_deliveries([*slow, a_delivery(5001, due_at=after(minutes=1))], now=NOON)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    await sqlite.database.write(lambda connection: connection.set_progress_handler(count, 1))
    until = after(hours=1)
    busy = [a_delivery(1, "slow.example").host]
    claimed = await sqlite.claim_deliveries(
        now=after(minutes=1), until=until, lease=LEASE, limit=50, per_host=4, busy=busy
    )
    assert [delivery.host for delivery in claimed] == ["peer.example"]
    assert steps < 2000


async def test_a_look_up_sees_every_write_that_returned(sqlite: SqliteStore) -> None:
    for number in range(20):
        assert await sqlite.find_actor_by_handle(f"h{number}") is None
        await sqlite.add_actor(an_actor(f"h{number}"))
        assert await sqlite.find_actor_by_handle(f"h{number}") is not None


async def test_a_look_up_cannot_write_and_its_failure_is_told(sqlite: SqliteStore) -> None:
    with pytest.raises(StorageError, match="could not be read or written"):
        await sqlite.database.look_up(lambda connection: connection.execute("DELETE FROM actors"))
    assert await sqlite.database.look_up(pragma("query_only")) == 1


async def test_a_closed_store_answers_no_look_up(sqlite: SqliteStore) -> None:
    await sqlite.close()
    with pytest.raises(StorageError, match="is closed"):
        await sqlite.find_actor_by_handle("strike")
