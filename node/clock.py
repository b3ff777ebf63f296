"""Time and chance as the running node has them, and whether the clock can be right."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from node.errors import ClockWrong
from node.version import RELEASED_AT
from storage.ids import Lease
from storage.store import Posts

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


def refuse_early_clock(now: datetime) -> None:
    """Raise `ClockWrong` when the clock shows a time before this release was made."""
    if now < RELEASED_AT:
        raise ClockWrong(
            f"This machine's clock says {_words(now)}, which is before this software was made. "
            "Other servers would refuse what it signs. Set the clock (`timedatectl set-ntp true`) and try again."
        )


async def refuse_wrong_clock(posts: Posts, now: datetime) -> None:
    """Raise `ClockWrong` when the clock is before this release, or before the newest update that stands.

    Signatures are refused by other servers an hour off, and updates would stand in the wrong order.
    """
    refuse_early_clock(now)
    newest = next(iter(await posts.list_posts(None, before=None, limit=1)), None)
    if newest is not None and now + _TOLERANCE < newest.published_at:
        raise ClockWrong(
            f"This machine's clock says {_words(now)}, but the newest update is from {_words(newest.published_at)}. "  # noqa: S608
            "If the clock is wrong, set it (`timedatectl set-ntp true`). If it is right, that update was published "
            f"while it ran fast: retract it (`picketline retract {newest.serial}`) and publish it again."
        )


def _words(at: datetime) -> str:
    return at.strftime("%d %B %Y, %H:%M UTC")
