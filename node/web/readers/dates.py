"""Dates in words, always in UTC: "Tuesday 3 November 2026, 14:05 UTC"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from federation.times import rfc3339

# Not strftime: its names depend on the machine's locale.
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time for people and for machines."""

    words: str
    iso: str
    """For `<time datetime>`."""


def moment(at: datetime) -> Moment:
    """An aware datetime, to the minute in words and to the second for machines."""
    utc = at.astimezone(UTC)
    day = f"{_DAYS[utc.weekday()]} {utc.day} {_MONTHS[utc.month - 1]} {utc.year}"
    return Moment(words=f"{day}, {utc:%H:%M} UTC", iso=rfc3339(at))
