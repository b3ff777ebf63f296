"""Reports, on every engine."""

from __future__ import annotations

from storage.store import Store
from tests.storage.making import ANNA, BELA, a_report, after


async def test_reports_are_kept_once_and_listed_newest_first(store: Store) -> None:
    given = (a_report(1), a_report(3), a_report(2, objects=(), text=""), a_report(1, text="other"))
    assert [True, True, True, False] == [await store.add_report(one) for one in given]
    assert [given[1], given[2], given[0]] == await store.list_reports(limit=9)
    assert [given[1]] == await store.list_reports(limit=1)


async def test_nobody_takes_the_id_of_anothers_report(store: Store) -> None:
    assert [True, True] == [await store.add_report(a_report(1, actor=actor)) for actor in (BELA, ANNA)]


async def test_reports_are_counted_by_time_and_actor(store: Store) -> None:
    for report in (a_report(1), a_report(2), a_report(3, actor=BELA)):
        await store.add_report(report)
    counts = [
        await store.count_reports(since=after()),
        await store.count_reports(since=after(minutes=2)),
        await store.count_reports(since=after(), actor=ANNA),
        await store.count_reports(since=after(minutes=3), actor=ANNA),
    ]
    assert [3, 2, 2, 0] == counts


async def test_a_report_is_dismissed_by_its_id(store: Store) -> None:
    for report in (a_report(1), a_report(1, actor=BELA), a_report(2)):
        await store.add_report(report)
    assert [2, 0] == [await store.remove_report(a_report(1).id), await store.remove_report(a_report(1).id)]
    assert [a_report(2)] == await store.list_reports(limit=9)
