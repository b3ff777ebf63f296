"""What holds for a store as a whole, on every engine."""

import asyncio
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.errors import StorageError, StoreMissing
from storage.store import Store
from tests.storage.making import a_delivery, a_union, after, an_activity, an_actor, an_entry


async def test_what_was_stored_is_there_after_reopening(url: str) -> None:
    store = await open_store(url)
    await store.add_union(a_union())
    await store.append(an_entry(), an_activity(), expecting=0)
    await store.add_deliveries([a_delivery()], now=after())
    await store.close()
    store = await open_store(url)
    assert a_union() == await store.find_union()
    assert (
        await store.size(),
        await store.count_deliveries(),
    ) == (1, {"waiting": 1, "delivered": 0, "dead": 0, "cancelled": 0})
    await store.close()


async def test_a_sound_store_has_no_problems(store: Store) -> None:
    await store.append(an_entry(), an_activity(), expecting=0)
    await store.add_deliveries([a_delivery(1), a_delivery(2, "b.example")], now=after())
    assert await store.check() == []


async def test_a_store_may_be_closed_twice_and_at_once(store: Store) -> None:
    await asyncio.gather(store.close(), store.close())
    await store.close()


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StorageError, match="is closed"):
        await store.find_union()
    with pytest.raises(StorageError, match="is closed"):
        await store.add_actor(an_actor())


async def test_closing_finishes_what_is_under_way(url: str) -> None:
    store = await open_store(url)
    writes = [asyncio.ensure_future(store.add_actor(an_actor(f"a{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*writes) == [True] * 20
    store = await open_store(url)
    assert len(await store.list_actors()) == 20
    await store.close()


@pytest.mark.parametrize(
    "wrong", ["", "picketline.db", "sqlite:picketline.db", "sqlite:///", "sqlite://", "postgres://x/y"]
)
async def test_a_url_that_names_no_store_is_refused(wrong: str) -> None:
    with pytest.raises(StorageError, match="kept in SQLite or in MongoDB"):
        await open_store(wrong)


async def test_a_store_that_is_missing_is_not_made_unless_it_may(missing: str) -> None:
    for _ in range(2):
        with pytest.raises(StoreMissing):
            await open_store(missing, create=False)
    await (await open_store(missing)).close()
    await (await open_store(missing, create=False)).close()


async def test_text_of_every_script_is_kept(store: Store) -> None:
    actor = an_actor(name="한국어 ✊🏽 \u202e '; DROP TABLE actors; --", summary="a\x00b\nc")
    await store.add_actor(actor)
    assert [actor] == await store.list_actors()


async def test_a_backup_opens_as_a_store_of_its_own(store: Store, tmp_path: Path) -> None:
    await store.add_union(a_union())
    await store.back_up(str(tmp_path / "copy.db"))
    await store.add_actor(an_actor())
    copy = await open_store(f"sqlite://{tmp_path}/copy.db")
    assert (a_union(), []) == (await copy.find_union(), await copy.list_actors())
    await copy.close()
