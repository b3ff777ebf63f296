"""Which errand goes next."""

from __future__ import annotations

from federation.delivery.lanes import Lanes
from federation.delivery.parcels import Errand, Parcel
from storage.ids import ActivityId, Host, Lease
from storage.records import Delivery
from tests.federation.delivery.stage import CAMPAIGN, NOON, NOTE, inbox


def errand(host: str, serial: int = 0) -> Errand:
    delivery = Delivery(
        serial=serial,
        activity=ActivityId(f"{NOTE}/{serial}"),
        inbox=inbox(host),
        host=Host(host),
        actor=CAMPAIGN,
        object=NOTE,
        type="Create",
        state="waiting",
        attempts=0,
        due_at=NOON,
        made_at=NOON,
        first_failed_at=None,
        gone_answers=0,
        error=None,
        lease=Lease("lease"),
    )
    return Errand(delivery=delivery, parcel=Parcel(body=b"", digest=""), lease=Lease("lease"), until=NOON)


def lanes(*hosts: str, limit: int = 2) -> Lanes:
    made = Lanes(lambda _: limit)
    for serial, host in enumerate(hosts):
        made.add(errand(host, serial))
    return made


def taken(lanes: Lanes) -> list[str]:
    hosts = []
    while (next_one := lanes.take()) is not None:
        hosts.append(next_one.delivery.host)
    return [str(host) for host in hosts]


def test_hosts_take_turns() -> None:
    assert taken(lanes("a", "a", "b", "b")) == ["a", "b", "a", "b"]


def test_a_host_at_its_limit_waits_until_one_of_its_errands_ends() -> None:
    full = lanes("a", "a", "a", "a", "b")
    assert taken(full) == ["a", "b", "a"]
    full.end(Host("a"))
    assert taken(full) == ["a"]


def test_errands_of_a_host_keep_their_order() -> None:
    one = lanes("a", "a", "a", limit=3)
    assert [next_one.delivery.serial for _ in range(3) if (next_one := one.take())] == [0, 1, 2]


def test_ready_counts_what_may_go_now() -> None:
    some = lanes("a", "a", "a", "b")
    assert some.ready() == 3
    taken(some)
    assert (some.ready(), len(some)) == (0, 1)


def test_a_host_is_full_when_we_hold_the_depth_of_it() -> None:
    assert {Host("a")} == lanes("a", "a", "a", "a", "b", "b").full_hosts(2)


def test_a_host_on_probation_is_full_with_one() -> None:
    assert {Host("a")} == lanes("a", limit=1).full_hosts(4)


def test_a_cleared_lane_gives_back_what_waited() -> None:
    some = lanes("a", "a", "b")
    assert [waiting.delivery.serial for waiting in some.clear(Host("a"))] == [0, 1]
    assert taken(some) == ["b"]
    assert some.clear(Host("a")) == []
