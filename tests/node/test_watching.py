"""The loop's own measure: what holds it up cannot hide."""

from __future__ import annotations

import time

import pytest

from node.metrics import LATELY_SECONDS, Longest, Metrics
from node.watching import EVERY_SECONDS, watch
from node.web.operators.exposition import expose


def test_the_longest_is_remembered_for_fifteen_to_thirty_seconds() -> None:
    longest = Longest()
    longest.observe(0.1, 100.0)
    longest.observe(0.3, 101.0)
    longest.observe(0.2, 102.0)
    assert [0.3, 0.3, 0.0] == [longest.seconds(101.0 + LATELY_SECONDS * turn) for turn in range(3)]


def test_a_longer_one_of_the_next_stretch_counts_at_once() -> None:
    longest = Longest()
    longest.observe(0.1, 100.0)
    longest.observe(0.3, 106.0)
    assert 0.3 == longest.seconds(106.0)


def test_what_was_long_ago_is_not_told_after_a_silence() -> None:
    longest = Longest()
    longest.observe(0.3, 100.0)
    assert 0.0 == longest.seconds(100.0 + 10 * LATELY_SECONDS)


async def test_the_watch_tells_the_whole_time_between_two_looks() -> None:
    metrics = Metrics()
    times, work = iter([0.0, 10.0, 10.3, 20.0]), iter([1.0, 1.2])
    metrics.clock, metrics.work_clock = lambda: next(times), lambda: next(work)
    with pytest.raises(RuntimeError, match="StopIteration"):  # there is no third round
        await watch(metrics, lambda _word: None, None)
    assert (0.3, 0.2) == pytest.approx((metrics.loop_longest.seconds(10.3), metrics.loop_work.seconds(10.3)))
    assert pytest.approx(0.3 - EVERY_SECONDS) == metrics.loop_lag.seconds


def test_the_page_of_metrics_tells_both() -> None:
    metrics = Metrics()
    metrics.loop_longest.observe(0.25, time.monotonic())
    metrics.loop_work.observe(0.125, time.monotonic())
    page = expose(metrics, None).decode()
    assert "picketline_loop_longest_seconds 0.25\n" in page
    assert "picketline_loop_work_seconds 0.125\n" in page
