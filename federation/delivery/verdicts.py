"""What follows from an answer: the delivery's result, kept to be written, and a line of facts in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from federation.delivery.acks import Acks
from federation.delivery.attempt import not_tried, result_of
from federation.delivery.parcels import Errand
from federation.delivery.retry import Again, Answer, Attempt, Dead, Delivered, Impossible, Outcome, judge
from storage.ids import Lease
from storage.records import Delivery

log = logging.getLogger(__name__)

_WORDS: Final[dict[type[Outcome], str]] = {Delivered: "delivered", Again: "put off", Dead: "given up"}


Took = Callable[[str, timedelta], None]
"""Hears what came of an attempt (delivered, put off, given up) and how long it lasted."""


class Verdicts:
    """Judges answers by the clock and with the chance it is given."""

    def __init__(self, acks: Acks, *, now: Callable[[], datetime], jitter: Callable[[], float], took: Took) -> None:
        self._acks = acks
        self._took = took
        self._now = now
        self._jitter = jitter

    def settle(self, delivery: Delivery, lease: Lease, answer: Answer, *, began: datetime) -> None:
        """Judge the answer to an attempt that began then."""
        now = self._now()
        attempt = Attempt(
            number=delivery.attempts + 1,
            first_failed_at=delivery.first_failed_at,
            first_refused_at=delivery.first_refused_at,
            gone_answers=delivery.gone_answers,
        )
        outcome = judge(attempt, answer, now, self._jitter)
        self._acks.add(delivery.host, result_of(delivery, lease, outcome, now))
        self._took(_WORDS[type(outcome)], now - began)
        _log(delivery, attempt.number, outcome, now - began)

    def refuse(self, delivery: Delivery, lease: Lease, reason: str) -> None:
        """Nothing was sent, and nothing will be: a dead letter."""
        self.settle(delivery, lease, Impossible(reason=reason), began=self._now())

    def give_back(self, errand: Errand, *, after: timedelta = timedelta(0)) -> None:
        """Unsent; it may be claimed again at once, or later, or after the rest of its host."""
        delivery = errand.delivery
        self._acks.add(delivery.host, not_tried(delivery, errand.lease, self._now() + after))


def _log(delivery: Delivery, attempt: int, outcome: Outcome, took: timedelta) -> None:
    word = _WORDS[type(outcome)]
    facts = {
        "host": delivery.host,
        "activity": delivery.activity,
        "attempt": attempt,
        "outcome": word if isinstance(outcome, Delivered) else f"{word}: {outcome.reason}",
        "took_ms": took // timedelta(milliseconds=1),
    }
    level = logging.DEBUG if isinstance(outcome, Delivered) else logging.INFO  # who follows is nobody's business
    log.log(level, "delivery %s", word, extra=facts)
