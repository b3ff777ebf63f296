from dataclasses import replace

import pytest

from storage.errors import NotFound, StorageError
from storage.ids import ActorId
from storage.store import Store
from tests.storage.making import OURS, after, an_actor


async def test_an_actor_is_found_by_id_and_by_handle(store: Store) -> None:
    assert await store.add_actor(an_actor()) is True
    assert an_actor() == await store.find_actor(OURS)
    assert an_actor() == await store.find_actor_by_handle("union")


async def test_an_unknown_actor_is_none(store: Store) -> None:
    assert await store.find_actor(OURS) is None
    assert await store.find_actor_by_handle("union") is None


@pytest.mark.parametrize(
    "changes", [{"handle": "other", "id": OURS}, {"id": ActorId("https://union.example/actors/other")}]
)
async def test_a_taken_id_or_handle_is_not_given_twice(store: Store, changes: dict[str, str]) -> None:
    await store.add_actor(an_actor())
    assert await store.add_actor(an_actor(**{"name": "Second", **changes})) is False
    assert [an_actor()] == await store.list_actors()


async def test_saving_replaces_every_field(store: Store) -> None:
    await store.add_actor(an_actor())
    changed = an_actor(name="New", summary="", approves_followers=True, updated_at=after(days=1))
    await store.save_actor(changed)
    assert changed == await store.find_actor(OURS)


async def test_saving_an_actor_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="There is no actor"):
        await store.save_actor(an_actor())
    assert await store.list_actors() == []


async def test_an_actor_cannot_be_saved_under_the_handle_of_another(store: Store) -> None:
    await store.add_actor(an_actor())
    await store.add_actor(an_actor("koreno"))
    with pytest.raises(StorageError, match="handle union is taken"):
        await store.save_actor(replace(an_actor("koreno"), handle="union"))
    assert an_actor("koreno") == await store.find_actor_by_handle("koreno")


async def test_actors_come_oldest_first(store: Store) -> None:
    for handle, days in (("b", 2), ("c", 1), ("a", 3)):
        await store.add_actor(an_actor(handle, created_at=after(days=days)))
    assert [actor.handle for actor in await store.list_actors()] == ["c", "b", "a"]


async def test_of_actors_made_together_the_instance_and_the_union_come_before_campaigns(store: Store) -> None:
    kinds = {"b": "campaign", "z": "union", "a": "campaign", "y": "instance"}
    for handle, kind in kinds.items():
        await store.add_actor(an_actor(handle, kind=kind))
    await store.add_actor(an_actor("earliest", created_at=after(days=-1)))
    assert [actor.handle for actor in await store.list_actors()] == ["earliest", "y", "z", "a", "b"]
