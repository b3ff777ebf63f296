"""When a failed delivery is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from federation.delivery.retry import (
    Again,
    Answer,
    Answered,
    Attempt,
    Dead,
    Delivered,
    Impossible,
    Outcome,
    Silent,
    judge,
)
from tests.federation.delivery.stage import NOON

SILENCE: Final = Silent(reason="No answer.")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def first(answer: Answer, jitter: float = 0.5) -> Outcome:
    return judge(Attempt(number=1, first_failed_at=None, gone_answers=0), answer, NOON, lambda: jitter)


def story(answer: Answer, jitter: float = 0.5) -> tuple[list[timedelta], timedelta]:
    """The same answer to every attempt, each made when due: the waits, and how long until it died."""
    waits, now, attempt = [], NOON, Attempt(number=1, first_failed_at=None, gone_answers=0)
    while isinstance(outcome := judge(attempt, answer, now, lambda: jitter), Again):
        waits.append(outcome.due_at - now)
        now = outcome.due_at
        attempt = Attempt(
            number=attempt.number + 1,
            first_failed_at=outcome.first_failed_at,
            gone_answers=outcome.gone_answers,
            first_refused_at=outcome.first_refused_at,
        )
    assert isinstance(outcome, Dead)
    return waits, now - NOON


def due(outcome: Outcome) -> datetime:
    assert isinstance(outcome, Again)
    return outcome.due_at


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_2xx_is_delivered(status: int) -> None:
    assert Delivered() == first(Answered(status=status))


@pytest.mark.parametrize("answer", [SILENCE, *(Answered(status=n) for n in (301, 308, 402, 406, 422, 429, 500, 503))])
def test_trouble_is_tried_again_by_the_schedule_for_14_days(answer: Answer) -> None:
    waits, died = story(answer)
    schedule = [
        timedelta(seconds=15),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        HOUR,
        3 * HOUR,
        6 * HOUR,
    ]
    assert schedule == waits[:7]
    assert {12 * HOUR} == set(waits[7:-1])
    assert timedelta(days=14) == died


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 10.5), (0.5, 15), (0.999999999, 19.5)])
def test_each_wait_is_spread_by_thirty_percent(jitter: float, seconds: float) -> None:
    assert timedelta(seconds=seconds) == pytest.approx(due(first(SILENCE, jitter)) - NOON, abs=timedelta(seconds=0.001))


@pytest.mark.parametrize("answer", [*(Answered(status=n) for n in (400, 413, 415)), Impossible(reason="Forbidden.")])
def test_what_can_never_succeed_is_dead_at_once(answer: Answer) -> None:
    assert isinstance(first(answer), Dead)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_tried_hourly_for_a_day(status: int, jitter: float) -> None:
    waits, died = story(Answered(status=status), jitter)
    assert all(0.69 * HOUR <= wait <= 1.31 * HOUR for wait in waits)
    assert DAY <= died < DAY + 1.31 * HOUR


@pytest.mark.parametrize("status", [401, 403])
def test_the_day_of_refusals_begins_with_the_first_of_them_not_with_other_trouble(status: int) -> None:
    silent = Attempt(number=9, first_failed_at=NOON, gone_answers=0)
    first = judge(silent, Answered(status=status), NOON + 5 * DAY, lambda: 0.5)
    assert isinstance(first, Again)
    assert (NOON, NOON + 5 * DAY) == (first.first_failed_at, first.first_refused_at)
    again = Attempt(number=10, first_failed_at=NOON, gone_answers=0, first_refused_at=first.first_refused_at)
    between = judge(again, Answered(status=503), NOON + 5.5 * DAY, lambda: 0.5)
    assert isinstance(between, Again)
    assert between.first_refused_at == first.first_refused_at
    assert isinstance(judge(again, Answered(status=status), NOON + 5.9 * DAY, lambda: 0.5), Again)
    assert isinstance(judge(again, Answered(status=status), NOON + 6 * DAY, lambda: 0.5), Dead)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("status", [404, 410])
def test_an_inbox_that_is_gone_is_believed_after_two_days(status: int, jitter: float) -> None:
    waits, died = story(Answered(status=status), jitter)
    assert len(waits) >= 2
    assert 2 * DAY <= died <= 3 * DAY


def test_three_gone_answers_within_two_days_are_not_enough() -> None:
    attempt = Attempt(number=3, first_failed_at=NOON, gone_answers=2)
    assert isinstance(judge(attempt, Answered(status=410), NOON + timedelta(hours=47), lambda: 0.5), Again)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.99])
def test_gone_answers_after_other_failures_span_two_days_of_their_own(jitter: float) -> None:
    now, attempt = NOON + 5 * DAY, Attempt(number=12, first_failed_at=NOON, gone_answers=0)
    for number in (13, 14):
        outcome = judge(attempt, Answered(status=404), now, lambda: jitter)
        assert isinstance(outcome, Again)
        now = outcome.due_at
        attempt = Attempt(number=number, first_failed_at=NOON, gone_answers=outcome.gone_answers)
    assert isinstance(judge(attempt, Answered(status=404), now, lambda: jitter), Dead)
    assert now >= NOON + 7 * DAY


def test_another_failure_breaks_the_row_of_gone_answers() -> None:
    attempt = Attempt(number=9, first_failed_at=NOON, gone_answers=2)
    outcome = judge(attempt, Answered(status=500), NOON + 3 * DAY, lambda: 0.5)
    assert isinstance(outcome, Again)
    assert outcome.gone_answers == 0


def test_the_first_failure_is_remembered() -> None:
    later = judge(Attempt(number=3, first_failed_at=NOON, gone_answers=0), SILENCE, NOON + HOUR, lambda: 0.5)
    assert isinstance(later, Again)
    assert later.first_failed_at == NOON


DATE: Final = "Fri, 01 May 2026 14:00:00 GMT"
ITS_CLOCK: Final = "Fri, 01 May 2026 13:30:00 GMT"


@pytest.mark.parametrize(
    ("retry_after", "host_date", "wait"),
    [
        ("120", None, timedelta(seconds=120)),
        (" 3600 ", None, HOUR),
        ("3", None, timedelta(seconds=15)),
        ("0", None, timedelta(seconds=15)),
        ("-5", None, timedelta(seconds=15)),
        ("86400", None, DAY),
        ("86401", None, DAY),
        ("9" * 5000, None, DAY),
        (DATE, None, 2 * HOUR),
        (DATE, ITS_CLOCK, HOUR / 2),
        (DATE, "yesterday", 2 * HOUR),
        ("Fri, 01 May 2026 11:00:00 GMT", None, timedelta(seconds=15)),
        ("Fri, 01 May 2099 11:00:00 GMT", None, DAY),
        ("soon", None, timedelta(seconds=15)),
        ("", None, timedelta(seconds=15)),
        ("٣٠", None, timedelta(seconds=15)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_up_to_a_day(
    retry_after: str, host_date: str | None, wait: timedelta, status: int
) -> None:
    answer = Answered(status=status, retry_after=retry_after, host_date=host_date)
    assert NOON + wait == due(first(answer))


def test_retry_after_does_not_hurry_a_late_attempt() -> None:
    attempt = Attempt(number=6, first_failed_at=NOON, gone_answers=0)
    answer = Answered(status=503, retry_after="60")
    assert due(judge(attempt, answer, NOON, lambda: 0.5)) == NOON + 3 * HOUR


def test_endless_retry_after_ends_too() -> None:
    waits, died = story(Answered(status=503, retry_after="86400"))
    assert {DAY} == set(waits)
    assert timedelta(days=14) == died


@pytest.mark.parametrize("answer", [Answered(status=503), SILENCE, Impossible(reason="Forbidden.")])
def test_a_dead_letter_says_what_happened_in_a_sentence(answer: Answer) -> None:
    attempt = Attempt(number=30, first_failed_at=NOON, gone_answers=0)
    outcome = judge(attempt, answer, NOON + 14 * DAY, lambda: 0.5)
    assert isinstance(outcome, Dead)
    assert outcome.reason.count(".") == 2
    assert outcome.reason[0].isupper()
