"""Nothing is published behind a record that is not the one this process has seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from node.publishing import Publishing
from node.refusal import Refusal
from storage.errors import StoreAway
from storage.ids import ActivityId
from storage.records import PlacedEntry
from storage.store import Log
from tests.storage.making import an_entry


class Record:
    """What a store answers of its record."""

    def __init__(self, size: int) -> None:
        self.entries = [PlacedEntry(index=place, entry=an_entry(place)) for place in range(size)]
        self.is_away = False

    async def catch_up(self) -> int:
        return len(self.entries)

    async def list_entries(self, start: int, limit: int) -> list[PlacedEntry]:
        return self.entries[start : start + limit]

    async def find_last_entry(self) -> PlacedEntry | None:
        if self.is_away:
            raise StoreAway("away")
        return self.entries[-1] if self.entries else None

    def append(self) -> None:
        place = len(self.entries)
        self.entries.append(PlacedEntry(index=place, entry=an_entry(place)))


def publishing_on(record: Record) -> Publishing:
    return Publishing(record.catch_up, cast(Log, record), jitter=lambda: 0.0, pause=asyncio.sleep)


@pytest.mark.parametrize("again", [0, 1, 3])
async def test_an_older_copy_of_the_record_that_was_put_back_is_not_gone_on_with(again: int) -> None:
    record = Record(2)
    publishing = publishing_on(record)
    async with publishing as head:
        assert 2 == head
        record.append()
    del record.entries[2:]
    for number in range(again):
        record.append()
        record.entries[-1] = replace(
            record.entries[-1], entry=replace(record.entries[-1].entry, activity=ActivityId(f"other {number}"))
        )
    for _attempt in range(2):
        with pytest.raises(Refusal, match="older copy"):
            async with publishing:
                raise AssertionError("published")


async def test_what_other_processes_append_is_gone_on_with() -> None:
    record = Record(0)
    publishing = publishing_on(record)
    for size in range(4):
        await publishing.look()
        async with publishing as head:
            assert size == head
        record.append()


async def test_what_was_published_stands_when_the_store_goes_away_behind_it() -> None:
    record = Record(1)
    publishing = publishing_on(record)
    async with publishing:
        record.append()
        record.is_away = True
    record.is_away = False
    async with publishing as head:
        assert 2 == head
