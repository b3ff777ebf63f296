"""Times as documents carry them: RFC 3339 in UTC with whole seconds, as in 2026-11-03T14:05:00Z."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def rfc3339(at: datetime) -> str:
    """Whole seconds with `Z`, the one form every server reads."""
    return at.astimezone(UTC).strftime(_FORMAT)


def read_rfc3339(text: str) -> datetime:
    """An aware UTC time from the form that `rfc3339` writes, numbers without leading zeros too; raises ValueError."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
