"""When a host that fails is left alone for a while: pure rules.

A host rests after 5 failures within 10 minutes: 5 minutes, doubling to 6 hours. After each rest one request
probes it. Only failures of the host itself count: no answer, 5xx and 429. A 404 says that one inbox is gone, and
that its host lives.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from federation.delivery.retry import Answer, Answered, Silent
from storage.ids import Host
from storage.records import HostHealth

FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=10)
FIRST_REST: Final = timedelta(minutes=5)
LONGEST_REST: Final = timedelta(hours=6)
_TOO_MANY_REQUESTS: Final = 429


def is_host_failure(answer: Answer) -> bool:
    """Whether the answer speaks against the whole host."""
    match answer:
        case Answered(status=status):
            return status >= 500 or status == _TOO_MANY_REQUESTS
        case Silent():
            return True
        case _:
            return False


def is_sign_of_life(answer: Answer) -> bool:
    """Whether the host itself works, whatever it said of one inbox."""
    return isinstance(answer, Answered) and not is_host_failure(answer)


def after_failure(
    health: HostHealth | None, host: Host, now: datetime, *, not_before: datetime | None = None
) -> HostHealth:
    """The host's health after one more failure; a rest lasts until `not_before` (Retry-After) at least."""
    if health is None:
        return _first_failure(host, now)
    if is_resting(health, now):
        return health  # sent before the rest began; it tells nothing new
    if may_probe(health, now):
        return _rest(replace(health, failures=1, first_failure_at=now), now, not_before)
    if now - health.first_failure_at > WINDOW:
        return _first_failure(host, now)
    failed = replace(health, failures=health.failures + 1)
    return _rest(failed, now, not_before) if failed.failures >= FAILURES else failed


def is_resting(health: HostHealth | None, now: datetime) -> bool:
    """Whether nothing is sent to the host now."""
    return health is not None and health.resting_until is not None and now < health.resting_until


def may_probe(health: HostHealth | None, now: datetime) -> bool:
    """Whether a rest is over and nobody knows yet if the host is well: then one request at a time."""
    return health is not None and health.resting_until is not None and now >= health.resting_until


def next_rest(rests: int) -> timedelta:
    """How long the rest after `rests` rests in a row lasts."""
    return min(FIRST_REST * (1 << min(rests, 16)), LONGEST_REST)


def _first_failure(host: Host, now: datetime) -> HostHealth:
    return HostHealth(host=host, failures=1, first_failure_at=now, rests=0, resting_until=None)


def _rest(health: HostHealth, now: datetime, not_before: datetime | None) -> HostHealth:
    until = now + next_rest(health.rests)
    return replace(health, rests=health.rests + 1, resting_until=max(until, not_before or until))
