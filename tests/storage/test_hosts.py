from storage.ids import Host
from storage.records import HostHealth
from storage.store import Store
from tests.storage.making import a_host, after


async def hosts(store: Store) -> list[str]:
    return [health.host for health in await store.list_hosts(limit=99)]


async def test_a_healthy_host_has_no_row(store: Store) -> None:
    assert await store.find_host(Host("peer.example")) is None


async def test_a_host_in_trouble_is_kept_and_replaced(store: Store) -> None:
    worse = a_host(failures=9, rests=2, resting_until=after(hours=2))
    await store.save_host(a_host(resting_until=None), keep=9)
    await store.save_host(worse, keep=9)
    assert worse == await store.find_host(Host("peer.example"))


async def test_a_host_that_is_well_again_is_forgotten(store: Store) -> None:
    await store.save_host(a_host(), keep=9)
    assert await store.remove_host(Host("peer.example")) is True
    assert await store.remove_host(Host("peer.example")) is False


async def test_hosts_are_listed_longest_resting_first(store: Store) -> None:
    for name, until in (("short", after(hours=1)), ("long", after(hours=3)), ("none", None)):
        await store.save_host(a_host(name, resting_until=until), keep=9)
    assert await hosts(store) == ["long", "short", "none"]
    assert [health.host for health in await store.list_hosts(limit=1)] == ["long"]


async def test_the_table_is_bounded_and_the_rest_that_ends_first_goes(store: Store) -> None:
    for name, hours in (("b", 2), ("a", 1), ("c", 3), ("d", 4)):
        await store.save_host(a_host(name, resting_until=after(hours=hours)), keep=3)
    assert await hosts(store) == ["d", "c", "b"]


async def test_a_host_that_does_not_rest_goes_before_one_that_does(store: Store) -> None:
    await store.save_host(a_host("resting"), keep=2)
    await store.save_host(a_host("failing", resting_until=None), keep=2)
    await store.save_host(a_host("new"), keep=2)
    assert {"resting", "new"} == set(await hosts(store))


async def test_the_host_just_saved_stays(store: Store) -> None:
    await store.save_host(a_host("resting"), keep=1)
    failing: HostHealth = a_host("failing", resting_until=None)
    await store.save_host(failing, keep=1)
    assert failing == await store.find_host(Host("failing"))
    assert await hosts(store) == ["failing"]
