"""Times as documents carry them."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Whole seconds with `Z`, the one form every server reads."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
