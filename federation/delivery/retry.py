"""When a delivery that failed is tried again, and when it is given up: pure rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from federation.errors import BadSignature
from federation.httpsig.times import read_http_date

STEPS: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""The wait after the first, second … failed attempt; the attempt itself came at once."""
LAST_STEP: Final = timedelta(hours=12)
SPREAD: Final = 0.3
"""Every wait is this much shorter or longer, so that a server that comes back is not hit by all at once."""
LONGEST_TRYING: Final = timedelta(days=14)
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
REFUSED_STEP: Final = timedelta(hours=1)
REFUSED_FOR: Final = timedelta(hours=24)
GONE_ANSWERS: Final = 3
GONE_FOR: Final = timedelta(hours=48)

_Treatment = Literal["hopeless", "refused", "gone", "trouble"]
_TREATMENTS: Final[Mapping[int, _Treatment]] = {
    400: "hopeless",
    413: "hopeless",
    415: "hopeless",
    401: "refused",
    403: "refused",
    404: "gone",
    410: "gone",
}
"""How statuses beyond 2xx are taken; all others are trouble that may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is known of a delivery when it is tried: this attempt's number from 1, and the failures before."""

    number: int
    first_failed_at: datetime | None
    gone_answers: int
    """How many answers just before this one were 404 or 410."""
    first_refused_at: datetime | None = None
    """When it was first answered 401 or 403."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The server answered; both headers as they came."""

    status: int
    retry_after: str | None = None
    host_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """There was no usable answer."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """Nothing was sent, and nothing ever will be."""

    reason: str


Answer = Answered | Silent | Impossible


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The inbox has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Not yet; the next attempt is at `due_at`."""

    due_at: datetime
    first_failed_at: datetime
    gone_answers: int
    reason: str
    first_refused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """Given up; shown to organisers, never dropped silently."""

    first_failed_at: datetime
    gone_answers: int
    reason: str
    first_refused_at: datetime | None = None


Outcome = Delivered | Again | Dead


def judge(attempt: Attempt, answer: Answer, now: datetime, jitter: Callable[[], float]) -> Outcome:
    """What follows from an answer; `jitter` gives a number in [0, 1)."""
    if isinstance(answer, Answered) and 200 <= answer.status < 300:
        return Delivered()
    treatment = _treatment(answer)
    failure = _Failure(
        treatment=treatment,
        number=attempt.number,
        since=attempt.first_failed_at or now,
        gone_answers=attempt.gone_answers + 1 if treatment == "gone" else 0,
        refused_since=attempt.first_refused_at or (now if treatment == "refused" else None),
    )
    last_word = _last_word(failure, now)
    reason = _reason(answer) if last_word is None else f"{_reason(answer)} {last_word}"
    if last_word is not None:
        return Dead(
            first_failed_at=failure.since,
            gone_answers=failure.gone_answers,
            reason=reason,
            first_refused_at=failure.refused_since,
        )
    due_at = min(now + _wait(failure, jitter()), failure.since + LONGEST_TRYING)
    asked = earliest_return(answer, now)
    return Again(
        due_at=max(due_at, asked) if asked else due_at,
        first_failed_at=failure.since,
        gone_answers=failure.gone_answers,
        reason=reason,
        first_refused_at=failure.refused_since,
    )


def earliest_return(answer: Answer, now: datetime) -> datetime | None:
    """When the server wants to be asked again (`Retry-After`, RFC 9110 §10.2.3), at most 24 h from now.

    A date is measured against the server's own `Date`, so that a wrong clock does not matter.
    """
    if not isinstance(answer, Answered) or answer.retry_after is None:
        return None
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text)) if len(text) < 8 else LONGEST_RETRY_AFTER
    else:
        then, its_now = _read_date(text), _read_date(answer.host_date) or now
        wait = then - its_now if then is not None else timedelta(0)
    return now + min(wait, LONGEST_RETRY_AFTER) if wait > timedelta(0) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """An attempt that failed, this one counted in."""

    treatment: _Treatment
    number: int
    since: datetime
    gone_answers: int
    refused_since: datetime | None

    @property
    def was_always_gone(self) -> bool:
        """Whether `since` is also when the row of 404 and 410 began."""
        return self.gone_answers == self.number


def _treatment(answer: Answer) -> _Treatment:
    match answer:
        case Impossible():
            return "hopeless"
        case Answered(status=status):
            return _TREATMENTS.get(status, "trouble")
        case Silent():
            return "trouble"


def _reason(answer: Answer) -> str:
    if isinstance(answer, Answered):
        return f"The server answered {answer.status}."
    return answer.reason


def _last_word(failure: _Failure, now: datetime) -> str | None:
    """Why there is no further attempt, or None when there is one."""
    lasted = now - failure.since
    if failure.treatment == "hopeless":
        return "Trying again would change nothing."
    if failure.treatment == "refused" and now - (failure.refused_since or now) >= REFUSED_FOR:
        return "It has refused us for a day, so we gave up."
    has_spanned = lasted >= GONE_FOR or not failure.was_always_gone
    if failure.treatment == "gone" and failure.gone_answers >= GONE_ANSWERS and has_spanned:
        return "The inbox has been gone for two days, so we gave up."
    return "It has failed for 14 days, so we gave up." if lasted >= LONGEST_TRYING else None


def _wait(failure: _Failure, luck: float) -> timedelta:
    """How long until the next attempt, spread by `luck` in [0, 1).

    When 404 follows other failures, its row began later than `since`: then half of `GONE_FOR` or more lies
    between two attempts, so that three answers always span all of it.
    """
    if failure.treatment == "gone" and not failure.was_always_gone:
        return GONE_FOR / (GONE_ANSWERS - 1) * (1 + SPREAD * luck)
    step = STEPS[failure.number - 1] if failure.number <= len(STEPS) else LAST_STEP
    if failure.treatment == "refused":
        step = REFUSED_STEP
    return step * (1 - SPREAD + 2 * SPREAD * luck)


def _read_date(text: str | None) -> datetime | None:
    """The moment an HTTP date names, or None: what we cannot read is as if it was not sent."""
    try:
        return read_http_date(text) if text else None
    except BadSignature:
        return None
