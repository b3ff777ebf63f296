"""What mirrors have promised about logs."""

import asyncio

import pytest

from storage.records import Receipt
from storage.store import Store
from tests.storage.keeping import LOG, OTHER_LOG, a_receipt
from tests.storage.making import NOON, after


@pytest.mark.parametrize(
    ("second", "is_kept"),
    [
        (a_receipt(size=4, at=NOON), True),
        (a_receipt(size=3, at=after(hours=1)), True),
        (a_receipt(), True),
        (a_receipt(size=2, at=after(hours=1)), False),
        (a_receipt(size=3, at=after(hours=-1)), False),
    ],
)
async def test_of_each_mirror_the_newest_is_kept(store: Store, second: Receipt, is_kept: bool) -> None:
    assert await store.save_receipt(a_receipt()) is True
    assert await store.save_receipt(second) is is_kept
    assert [second if is_kept else a_receipt()] == await store.list_receipts(LOG)


async def test_receipts_that_come_at_once_leave_the_newest(store: Store) -> None:
    await asyncio.gather(*(store.save_receipt(a_receipt(size=size)) for size in (3, 9, 5, 7)))
    assert [a_receipt(size=9)] == await store.list_receipts(LOG)


async def test_receipts_are_listed_by_size_then_time_then_mirror(store: Store) -> None:
    kept = [
        a_receipt("did:key:d", size=4),
        a_receipt("did:key:c", at=after(hours=1)),
        a_receipt("did:key:a"),
        a_receipt("did:key:b"),
    ]
    for receipt in (*reversed(kept), a_receipt(log=OTHER_LOG)):
        await store.save_receipt(receipt)
    assert kept == await store.list_receipts(LOG)
    assert [a_receipt(log=OTHER_LOG)] == await store.list_receipts(OTHER_LOG)
