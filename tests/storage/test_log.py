import asyncio

import pytest

from storage.errors import HeadMoved, StorageError
from storage.ids import ActivityId, ObjectId
from storage.records import PlacedEntry
from storage.store import Store
from tests.storage.making import an_activity, an_entry


async def fill(store: Store, count: int) -> None:
    for number in range(1, count + 1):
        await store.append(an_entry(number), an_activity(number), expecting=number - 1)


async def test_an_empty_log_has_no_last_entry(store: Store) -> None:
    assert (await store.size(), await store.find_last_entry()) == (0, None)


async def test_an_append_gives_the_new_size_and_keeps_entry_and_bytes(store: Store) -> None:
    assert await store.append(an_entry(), an_activity(), expecting=0) == 1
    placed = PlacedEntry(index=0, entry=an_entry())
    assert placed == await store.find_entry(an_activity().id)
    assert placed == await store.find_last_entry()
    assert an_activity() == await store.find_activity(an_activity().id)


@pytest.mark.parametrize("expecting", [0, 2])
async def test_an_append_at_another_place_than_the_head_keeps_nothing(store: Store, expecting: int) -> None:
    await fill(store, 1)
    with pytest.raises(HeadMoved, match="Read the head again"):
        await store.append(an_entry(2), an_activity(2), expecting=expecting)
    assert await store.size() == 1
    assert await store.find_activity(an_activity(2).id) is None


async def test_an_activity_stands_in_the_log_once(store: Store) -> None:
    await fill(store, 2)
    with pytest.raises(HeadMoved, match="stands in the record already"):
        await store.append(an_entry(1), an_activity(1), expecting=2)
    assert await store.size() == 2


async def test_an_entry_with_the_bytes_of_another_activity_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="its bytes are of"):
        await store.append(an_entry(1), an_activity(2), expecting=0)
    assert await store.size() == 0


async def test_signed_bytes_are_never_replaced_by_an_append(store: Store) -> None:
    await store.add_activity(an_activity(1, body=b"sent before"), [])
    with pytest.raises(StorageError, match="signed bytes never change"):
        await store.append(an_entry(1), an_activity(1), expecting=0)
    assert await store.size() == 0
    assert an_activity(1, body=b"sent before") == await store.find_activity(an_activity(1).id)


async def test_of_many_appends_at_one_place_exactly_one_wins(store: Store) -> None:
    tries = [store.append(an_entry(n), an_activity(n), expecting=0) for n in range(1, 21)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(1) == 1
    assert sum(isinstance(result, HeadMoved) for result in results) == 19
    assert await store.size() == 1


async def test_entries_are_listed_in_order_from_a_place(store: Store) -> None:
    await fill(store, 5)
    assert [placed.index for placed in await store.list_entries(1, 3)] == [1, 2, 3]
    assert [an_entry(5)] == [placed.entry for placed in await store.list_entries(4, 10)]
    assert await store.list_entries(5, 10) == []


async def test_an_activity_outside_the_log_has_no_entry(store: Store) -> None:
    await store.add_activity(an_activity(), [])
    assert await store.find_entry(an_activity().id) is None
    assert await store.find_entry(ActivityId("https://union.example/activities/none")) is None


async def test_all_entries_about_an_object_are_found_in_order(store: Store) -> None:
    note = ObjectId("https://union.example/objects/note")
    for number, about in enumerate((note, ObjectId("x:other"), note), start=1):
        entry = an_entry(number, object=about)
        await store.append(entry, an_activity(number, object=about), expecting=number - 1)
    assert [placed.index for placed in await store.list_object_entries(note)] == [0, 2]


async def test_a_cursor_starts_at_nothing_and_moves_only_from_where_it_stands(store: Store) -> None:
    assert await store.get_cursor("pages") == 0
    assert await store.advance_cursor("pages", expecting=0, to=3) is True
    assert await store.advance_cursor("pages", expecting=0, to=5) is False
    assert await store.get_cursor("pages") == 3
    assert await store.advance_cursor("pages", expecting=3, to=0) is True
    assert await store.get_cursor("pages") == 0


async def test_a_cursor_that_never_moved_stands_nowhere_else(store: Store) -> None:
    assert await store.advance_cursor("pages", expecting=4, to=5) is False
    assert await store.get_cursor("pages") == 0


async def test_each_reader_has_a_cursor_of_its_own(store: Store) -> None:
    await store.advance_cursor("pages", expecting=0, to=3)
    assert await store.get_cursor("deliveries") == 0
