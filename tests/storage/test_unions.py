import pytest

from storage.errors import WrongStore
from storage.ids import Did
from storage.store import Store
from tests.storage.making import a_charter, a_union

OURS = Did("did:key:z6MkOurs")
OTHER = Did("did:key:z6MkOther")


async def test_a_new_store_belongs_to_nobody(store: Store) -> None:
    assert await store.find_union() is None


async def test_the_union_is_written_once_and_read_back(store: Store) -> None:
    assert await store.add_union(a_union()) is True
    assert a_union() == await store.find_union()


async def test_writing_the_union_again_changes_nothing(store: Store) -> None:
    await store.add_union(a_union())
    assert await store.add_union(a_union(name="Renamed")) is False
    assert a_union() == await store.find_union()


async def test_a_store_of_another_union_is_refused(store: Store) -> None:
    await store.add_union(a_union())
    with pytest.raises(WrongStore, match="belongs to another union"):
        await store.add_union(a_union(did=OTHER))
    assert a_union() == await store.find_union()


async def test_a_charter_is_kept_once(store: Store) -> None:
    assert await store.add_charter(a_charter()) is True
    assert await store.add_charter(a_charter()) is False
    assert [a_charter()] == await store.list_charters(OURS)


async def test_two_charters_of_one_epoch_are_both_kept_as_evidence(store: Store) -> None:
    forked = a_charter(digest="zQmTwo", body=b"{}")
    await store.add_charter(a_charter())
    assert await store.add_charter(forked) is True
    assert {a_charter(), forked} == set(await store.list_charters(OURS))


async def test_charters_come_newest_epoch_first_and_of_one_union(store: Store) -> None:
    for charter in (a_charter(epoch=2), a_charter(epoch=10), a_charter(), a_charter(did=OTHER, epoch=5)):
        await store.add_charter(charter)
    assert [charter.epoch for charter in await store.list_charters(OURS)] == [10, 2, 1]
