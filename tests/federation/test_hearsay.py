"""How far our clock may be off, from what other servers said."""

from __future__ import annotations

from datetime import timedelta

from federation.hearsay import HeardDates
from federation.httpsig.times import http_date
from storage.ids import Host
from tests.village import Clock


def heard(clock: Clock, *seconds: float) -> HeardDates:
    dates = HeardDates(clock)
    for number, behind in enumerate(seconds):
        dates.note(Host(f"peer{number}.example"), http_date(clock() - timedelta(seconds=behind)))
    return dates


def test_nobody_heard_says_nothing() -> None:
    assert HeardDates(Clock()).median_offset() is None


def test_the_middle_one_counts_so_that_one_liar_moves_little() -> None:
    assert heard(Clock(), 0, 2, 900_000).median_offset() == (timedelta(seconds=2), 3)


def test_each_server_counts_once_with_its_last_word() -> None:
    clock = Clock()
    dates = heard(clock, 500)
    dates.note(Host("peer0.example"), http_date(clock()))
    assert dates.offsets() == [timedelta(0)]


def test_what_is_old_or_no_date_does_not_count() -> None:
    clock = Clock()
    dates = heard(clock, 5)
    clock.move(hours=7)
    dates.note(Host("odd.example"), "yesterday")
    assert dates.median_offset() is None


def test_the_table_is_bounded() -> None:
    assert len(heard(Clock(), *range(100)).offsets()) == 64
