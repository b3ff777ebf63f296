from storage.backends import open_store
from storage.store import Store
from tests.storage.making import a_scheme, after


async def hosts(store: Store) -> list[str]:
    return [learnt.host for learnt in await store.list_host_schemes(limit=99)]


async def test_a_host_that_taught_us_nothing_has_no_row(store: Store) -> None:
    assert await store.list_host_schemes(limit=9) == []


async def test_what_a_host_understands_is_kept_and_replaced(store: Store) -> None:
    later = a_scheme(scheme="cavage", learnt_at=after(hours=2))
    await store.save_host_scheme(a_scheme(), keep=9)
    await store.save_host_scheme(later, keep=9)
    assert [later] == await store.list_host_schemes(limit=9)


async def test_what_was_learnt_last_is_listed_first(store: Store) -> None:
    for name, hours in (("b", 2), ("c", 3), ("a", 1)):
        await store.save_host_scheme(a_scheme(name, learnt_at=after(hours=hours)), keep=9)
    assert await hosts(store) == ["c", "b", "a"]
    assert [learnt.host for learnt in await store.list_host_schemes(limit=1)] == ["c"]


async def test_the_table_is_bounded_and_what_was_learnt_longest_ago_goes(store: Store) -> None:
    for name, hours in (("b", 2), ("a", 1), ("c", 3), ("d", 4)):
        await store.save_host_scheme(a_scheme(name, learnt_at=after(hours=hours)), keep=3)
    assert await hosts(store) == ["d", "c", "b"]


async def test_the_scheme_just_saved_stays_even_if_the_clock_went_back(store: Store) -> None:
    await store.save_host_scheme(a_scheme("old", learnt_at=after(hours=2)), keep=1)
    await store.save_host_scheme(a_scheme("new"), keep=1)
    assert await hosts(store) == ["new"]


async def test_schemes_are_there_after_reopening(url: str) -> None:
    store = await open_store(url)
    await store.save_host_scheme(a_scheme(), keep=9)
    await store.close()
    store = await open_store(url)
    assert [a_scheme()] == await store.list_host_schemes(limit=9)
    await store.close()
