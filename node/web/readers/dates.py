"""Times for people and for machines: "Tuesday 3 November 2026, 14:05 UTC", always in UTC, in the union's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from federation.times import rfc3339
from node.web.readers.wording import ENGLISH, Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time for people and for machines."""

    words: str
    iso: str
    """For `<time datetime>`."""


def moment(at: datetime, wording: Wording = ENGLISH) -> Moment:
    """An aware datetime, to the minute in words and to the second for machines."""
    return Moment(words=wording.on(at), iso=rfc3339(at))
