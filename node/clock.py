"""Time and chance as the running node has them, and whether the clock can be right."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from node.errors import ClockWrong
from node.version import RELEASED_AT
from storage.ids import Lease
from storage.store import Log

_TOLERANCE: Final = timedelta(minutes=5)


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def new_lease() -> Lease:
    """A token nobody can guess."""
    return Lease(secrets.token_hex(8))


def jitter() -> float:
    """Uniform in [0, 1): spreads retries, guards nothing."""
    return random.random()  # noqa: S311


async def refuse_wrong_clock(log: Log, now: datetime) -> None:
    """Raise `ClockWrong` when the clock is before this release, or before what was published already.

    Signatures are refused by other servers an hour off, and updates would stand in the wrong order.
    """
    if now < RELEASED_AT:
        raise ClockWrong(f"This machine's clock says {_words(now)}, which is before this software was made. {_CURE}")
    last = await log.find_last_entry()
    if last is not None and now + _TOLERANCE < last.entry.published_at:
        raise ClockWrong(
            f"This machine's clock says {_words(now)}, but the newest update is from "
            f"{_words(last.entry.published_at)}. {_CURE}"
        )


_CURE: Final = "Other servers would refuse what it signs. Set the clock (`timedatectl set-ntp true`) and try again."


def _words(at: datetime) -> str:
    return at.strftime("%d %B %Y, %H:%M UTC")
