"""Which release this is, and how it introduces itself."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

VERSION: Final = version("picketline")
RELEASED_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time."""


def user_agent(url: str) -> str:
    """How our requests name us: software, version, and whose node it is."""
    return f"Picketline/{VERSION} (+{url})"
