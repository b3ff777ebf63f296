"""The pure rules of mirroring: requests, paces, quotas, guards, the shape of submissions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from federation.mirror.errors import QuotaReached
from federation.mirror.pace import PACE, TRIAL, pace_of
from federation.mirror.plan import Stretch, plan
from federation.mirror.quotas import Quotas, Taken, check_text, may_grow_by, media_room
from federation.mirror.withdrawals import Guard, takings_of
from storage.ids import ObjectId
from storage.store import Store
from tests.federation.mirror.logs import ACTOR, HOME, MadeLog, held
from tests.storage.keeping import LOG, keep


def stretches(*places: int) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in plan(places)]


def test_neighbours_are_fetched_in_one_request_and_what_is_far_apart_in_two() -> None:
    assert [] == stretches()
    assert [(5, 6)] == stretches(5)
    assert [(5, 8)] == stretches(5, 6, 7)
    assert [(5, 14)] == stretches(5, 13)
    assert [(5, 6), (900, 901)] == stretches(5, 900)


def test_no_stretch_is_longer_than_a_page() -> None:
    assert [(0, 256), (256, 512), (512, 600)] == stretches(*range(600))


def test_one_activity_is_asked_for_by_its_digest() -> None:
    assert [True, False] == [Stretch(3, 4).is_one, Stretch(3, 5).is_one]


def test_polls_are_twenty_percent_apart_by_chance_and_rarer_when_quiet() -> None:
    waits = [PACE.next_poll(0, lambda: 0.0), PACE.next_poll(0, lambda: 1.0), PACE.next_poll(9, lambda: 0.5)]
    assert [timedelta(minutes=4), timedelta(minutes=6), timedelta(minutes=10)] == waits


def test_who_tries_out_sees_it_within_seconds() -> None:
    assert (TRIAL, PACE) == (pace_of(dev=True), pace_of(dev=False))


def test_a_mirror_without_a_receipt_is_asked_ever_more_rarely() -> None:
    assert [30, 60, 240, 1920] == [PACE.retry(tries).total_seconds() for tries in (1, 2, 4, 40)]


def taken(**changes: int | bool) -> Taken:
    return Taken(**{"text": 0, "today": 0, "is_first_fill": False, "by_all": 0, "free": 1000, **changes})  # type: ignore[arg-type]


def test_a_peer_may_publish_so_much_a_day_and_a_first_fill_counts_for_its_size_alone() -> None:
    quotas = Quotas(text=100, entries_a_day=10)
    assert 4 == may_grow_by(taken(today=6), quotas)
    assert may_grow_by(taken(today=60, is_first_fill=True), quotas) > 10**6
    with pytest.raises(QuotaReached) as refusal:
        may_grow_by(taken(today=10), quotas)
    assert "day" == refusal.value.what


def test_mir_07_beyond_its_quota_of_text_nothing_is_taken() -> None:
    with pytest.raises(QuotaReached) as refusal:
        check_text(taken(text=100), Quotas(text=100))
    assert "text" == refusal.value.what


def test_mir_07_all_mirrors_together_leave_half_of_the_free_disk() -> None:
    check_text(taken(by_all=999), Quotas())
    with pytest.raises(QuotaReached) as refusal:
        check_text(taken(by_all=1000), Quotas())
    assert "disk" == refusal.value.what


def test_media_have_what_is_left_of_their_quota_and_of_the_disk() -> None:
    assert 40 == media_room(60, 500, 1000, Quotas(media=100))
    assert -20 == media_room(60, 1020, 1000, Quotas(media=100))


def objects(*numbers: int) -> list[ObjectId]:
    return [ObjectId(f"{HOME}/objects/{number}") for number in numbers]


def test_a_thief_takes_back_twenty_updates_and_no_more() -> None:
    now, later = Guard(frozenset(), standing=50).split(objects(*range(30)))
    assert (20, 10) == (len(now), len(later))


def test_of_very_many_updates_five_percent_may_go_in_a_day() -> None:
    now, later = Guard(frozenset(objects(*range(30))), standing=970).split(objects(*range(100, 140)))
    assert (50, 20) == (len(now), len(later))


def test_what_was_taken_back_within_the_day_counts() -> None:
    now, later = Guard(frozenset(objects(*range(19))), standing=10).split(objects(19, 20, 21))
    assert (20, objects(20, 21)) == (len(now), sorted(later))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_a_later_entry_takes_back_need_not_be_fetched(store: Store) -> None:
    log = MadeLog()
    leaves = [log.introduce(), log.introduce("Update"), log.post(1), log.post(1, "Update"), log.post(2)]
    leaves.append(log.say("Add", f"{HOME}/objects/2", target=f"{ACTOR}/featured"))
    leaves.append(log.say("Delete", {"id": f"{HOME}/objects/2", "type": "Tombstone"}))
    await keep(store, leaves)
    assert {2, 4, 5} == await takings_of(store, LOG, len(leaves)).find_taken_back(leaves)
    assert {2} == await takings_of(store, LOG, 6).find_taken_back(leaves)
    assert {2, 4, 5} == await takings_of(store, LOG, 7).find_taken_back([held(leaf) for leaf in leaves])
