"""When a host rests, how long, and what counts against it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from federation.delivery.circuit import (
    after_failure,
    is_host_failure,
    is_resting,
    is_sign_of_life,
    may_probe,
    next_rest,
)
from federation.delivery.retry import Answer, Answered, Impossible, Silent
from storage.ids import Host
from storage.records import HostHealth
from tests.federation.delivery.stage import NOON

HOST = Host("down.test")
MINUTE = timedelta(minutes=1)


def failing(*times: datetime) -> HostHealth:
    health: HostHealth | None = None
    for at in times:
        health = after_failure(health, HOST, at)
    assert health is not None
    return health


def rested() -> HostHealth:
    """Five failures at noon: its first rest, until five past."""
    return failing(*[NOON] * 5)


def test_four_failures_are_borne() -> None:
    assert failing(*[NOON] * 4).resting_until is None


def test_five_failures_within_ten_minutes_are_a_rest_of_five_minutes() -> None:
    times = [NOON + number * 2.5 * MINUTE for number in range(5)]
    assert times[-1] + 5 * MINUTE == failing(*times).resting_until


def test_five_failures_in_more_than_ten_minutes_are_borne() -> None:
    times = [NOON + number * 2.6 * MINUTE for number in range(5)]
    health = failing(*times)
    assert (health.resting_until, health.failures) == (None, 1)


def test_each_failed_probe_doubles_the_rest_up_to_six_hours() -> None:
    health, now, rests = rested(), NOON, []
    for _ in range(10):
        assert health.resting_until is not None
        rests.append((health.resting_until - now) / MINUTE)
        now = health.resting_until
        health = after_failure(health, HOST, now)
    assert rests == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360]


def test_a_host_that_rested_ten_thousand_times_still_rests_six_hours() -> None:
    assert timedelta(hours=6) == next_rest(10_000)


def test_failures_of_requests_sent_before_the_rest_change_nothing() -> None:
    assert rested() == after_failure(rested(), HOST, NOON + MINUTE)


def test_a_host_rests_until_its_rest_ends_and_then_may_be_probed() -> None:
    health = rested()
    times = [NOON, NOON + 5 * MINUTE - timedelta(microseconds=1), NOON + 5 * MINUTE]
    assert [(is_resting(health, at), may_probe(health, at)) for at in times] == [
        (True, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("health", [None, failing(NOON)])
def test_a_host_that_never_rested_needs_no_probe(health: HostHealth | None) -> None:
    assert (is_resting(health, NOON), may_probe(health, NOON)) == (False, False)


def test_a_rest_lasts_as_long_as_the_host_asked() -> None:
    asked = NOON + timedelta(hours=3)
    assert asked == after_failure(failing(*[NOON] * 4), HOST, NOON, not_before=asked).resting_until


def test_a_short_wish_does_not_shorten_the_rest() -> None:
    asked = NOON + timedelta(seconds=3)
    expected = NOON + 5 * MINUTE
    assert expected == after_failure(failing(*[NOON] * 4), HOST, NOON, not_before=asked).resting_until


@pytest.mark.parametrize(
    ("answer", "fails", "lives"),
    [
        (Answered(status=202), False, True),
        (Answered(status=301), False, True),
        (Answered(status=401), False, True),
        (Answered(status=404), False, True),
        (Answered(status=410), False, True),
        (Answered(status=429), True, False),
        (Answered(status=500), True, False),
        (Answered(status=503), True, False),
        (Silent(reason="No answer."), True, False),
        (Impossible(reason="Forbidden."), False, False),
    ],
)
def test_only_failures_of_the_host_count(answer: Answer, fails: bool, lives: bool) -> None:
    assert (fails, lives) == (is_host_failure(answer), is_sign_of_life(answer))
