"""When a request was signed: HTTP dates (RFC 9110 §5.6.7) and the window in which we believe them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from federation.errors import BadSignature

WINDOW: Final = timedelta(hours=1)
"""Either way; less loses servers with bad clocks, more keeps stolen requests useful."""
EXPIRY_SKEW: Final = timedelta(minutes=5)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (" + "|".join(_MONTHS) + r") ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


def http_date(at: datetime) -> str:
    """This moment as a `Date` header."""
    return _http_date(int(at.timestamp()))


@lru_cache(maxsize=4)
def _http_date(seconds: int) -> str:
    """Kept, because hundreds of deliveries leave in one second."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def read_http_date(text: str) -> datetime:
    """The moment that a `Date` header names (IMF-fixdate only); raises BadSignature."""
    found = _HTTP_DATE.fullmatch(text)
    if found is None:
        raise BadSignature("The Date header is no HTTP date; the sender must sign again with a proper one.")
    day, month, year, hour, minute, second = found.groups()
    try:
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        raise BadSignature("The Date header names no real moment; the sender must sign again.") from None


def check_signed_at(seconds: float, now: datetime) -> None:
    """Refuse a signature made more than an hour from now, in seconds since 1970; raises BadSignature."""
    if abs(seconds - now.timestamp()) > WINDOW.total_seconds():
        raise BadSignature("The request was signed over an hour from now; the sender must check its clock.")


def check_expires_at(seconds: float, now: datetime) -> None:
    """Refuse a signature that expired over five minutes ago, in seconds since 1970; raises BadSignature."""
    if seconds < (now - EXPIRY_SKEW).timestamp():
        raise BadSignature("The signature has expired; the sender must sign again.")
