from storage.ids import ActivityId
from storage.store import Store
from tests.storage.making import a_delivery, an_activity


async def test_an_activity_is_kept_byte_for_byte(store: Store) -> None:
    assert await store.add_activity(an_activity(), []) is True
    assert an_activity() == await store.find_activity(an_activity().id)


async def test_an_unknown_activity_is_none(store: Store) -> None:
    assert await store.find_activity(ActivityId("https://union.example/activities/none")) is None


async def test_a_known_activity_keeps_its_first_bytes(store: Store) -> None:
    await store.add_activity(an_activity(), [])
    assert await store.add_activity(an_activity(body=b"other"), []) is False
    assert an_activity() == await store.find_activity(an_activity().id)


async def test_activities_are_listed_in_the_order_asked_for_without_those_unknown(store: Store) -> None:
    ids = [ActivityId(f"https://union.example/activities/{number}") for number in range(3)]
    for id in ids:
        await store.add_activity(an_activity(id=id), [])
    asked = [ids[2], ActivityId("https://union.example/activities/none"), ids[0]]
    assert [activity.id for activity in await store.list_activities(asked)] == [ids[2], ids[0]]
    assert await store.list_activities([]) == []


async def test_deliveries_come_with_the_activity_and_missing_ones_later(store: Store) -> None:
    await store.add_activity(an_activity(), [a_delivery(1, "a.example")])
    await store.add_activity(an_activity(), [a_delivery(1, "a.example"), a_delivery(1, "b.example")])
    listed = await store.list_deliveries(an_activity().id, None, after=None, limit=10)
    assert [delivery.host for delivery in listed] == ["b.example", "a.example"]
