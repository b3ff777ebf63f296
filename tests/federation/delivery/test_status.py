"""What organisers are told of deliveries."""

from __future__ import annotations

from datetime import timedelta

from federation.delivery.status import DeliveryStatus, list_status
from storage.ids import ActivityId, ObjectId
from storage.store import Store
from tests.federation.delivery.stage import NOON, Clock, FakeWire, activity, inbox, inboxes, queue, worker

OTHER = ObjectId("https://union.example/notes/2")


async def test_each_state_is_told(store: Store, wire: FakeWire, clock: Clock) -> None:
    wire.script = {inbox("late.test"): [503], inbox("never.test"): [400]}
    to = [inbox("well.test"), inbox("late.test"), inbox("never.test")]
    await queue(store, activity(), to)
    await worker(store, wire, clock).run_once()
    told = {status.inbox: status for status in await list_status(store, activity().id, clock())}
    assert told[inbox("well.test")] == DeliveryStatus(
        activity=activity().id,
        inbox=inbox("well.test"),
        state="delivered",
        attempts=1,
        next_at=None,
        error=None,
    )
    late = told[inbox("late.test")]
    assert (late.state, late.next_at) == ("waiting", NOON + timedelta(seconds=15))
    assert late.error == "The server answered 503."
    assert (told[inbox("never.test")].state, told[inbox("never.test")].next_at) == ("dead", None)


async def test_what_waits_for_a_resting_host_rests(store: Store, wire: FakeWire, clock: Clock) -> None:
    to = inboxes("down.test", 6)
    wire.script = {url: [503] for url in to}
    await queue(store, activity(), to)
    await worker(store, wire, clock).run_once()
    told = await list_status(store, None, clock())
    rested = NOON + timedelta(minutes=5)
    assert {(status.state, status.next_at) for status in told} == {("resting", rested)}
    clock.move(minutes=5)
    assert {status.state for status in await list_status(store, None, clock())} == {"waiting"}


async def test_what_is_new_for_a_resting_host_waits_for_the_end_of_its_rest(
    store: Store, wire: FakeWire, clock: Clock
) -> None:
    to = inboxes("down.test", 6)
    wire.script = {url: [503] for url in to}
    await queue(store, activity(), to)
    await worker(store, wire, clock).run_once()
    new = activity(about=OTHER)
    await queue(store, new, [to[0]])
    (told,) = await list_status(store, new.id, clock())
    assert (told.state, told.next_at) == ("resting", NOON + timedelta(minutes=5))


async def test_the_status_of_an_activity_of_an_object_and_of_everything(store: Store) -> None:
    await queue(store, activity("Create"), [inbox("a.test")])
    await queue(store, activity("Update"), [inbox("a.test")])
    await queue(store, activity("Create", about=OTHER), [inbox("a.test")])

    async def told(about: ActivityId | ObjectId | None) -> list[str]:
        return [str(status.activity) for status in await list_status(store, about, NOON)]

    create, update = activity("Create"), activity("Update")
    assert await told(create.id) == [create.id]
    assert await told(create.object) == [update.id, create.id]
    assert await told(None) == [activity("Create", about=OTHER).id, update.id, create.id]
    assert await told(ObjectId("https://union.example/notes/none")) == []
