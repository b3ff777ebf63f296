"""How much room a peer's record may take here; pure (protocol §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from federation.mirror.errors import QuotaReached

_MEBIBYTE: Final = 1024 * 1024
DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What we lend each peer."""

    text: int = 512 * _MEBIBYTE
    """Bytes of entries and activities."""
    entries_a_day: int = 5000
    media: int = 5 * 1024 * _MEBIBYTE

    @property
    def media_dropped_a_day(self) -> int:
        """Bytes of older files that may make room for newer ones: whoever steals a log's key wipes no pictures so."""
        return max(self.media // 20, 64 * _MEBIBYTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is taken already."""

    text: int
    """By this peer's log, and by those of its other epochs beyond a quota of their own; what they share counts once."""
    today: int
    """New entries of this peer in the last 24 hours."""
    is_first_fill: bool
    """Whether nothing of this log was promised yet: then only its size counts."""
    by_all: int
    """Text and media of all peers."""
    free: int
    """Bytes that are free on the disk."""


def check_text(taken: Taken, quotas: Quotas) -> None:
    """`QuotaReached` when no byte more may be kept. All mirrors together have half of what is free without them."""
    if taken.text >= quotas.text:
        raise QuotaReached(
            f"The record takes {taken.text // _MEBIBYTE} MiB, which is all that one peer may have; it is kept as it "
            "is, and nothing more is taken.",
            what="text",
        )
    if taken.by_all >= taken.free:
        raise QuotaReached(
            "All mirrored records together take as much of the disk as is still free; nothing more is taken. Free some "
            "space.",
            what="disk",
        )


def may_grow_by(taken: Taken, quotas: Quotas) -> int:
    """How many new entries may be kept now; `QuotaReached` when none."""
    check_text(taken, quotas)
    if taken.is_first_fill:
        return 2**62
    left = quotas.entries_a_day - taken.today
    if left <= 0:
        raise QuotaReached(
            f"The peer published {taken.today} entries in a day, and no more are taken; the rest comes tomorrow.",
            what="day",
        )
    return left


def media_room(held: int, by_all: int, free: int, quotas: Quotas) -> int:
    """How many more bytes of files of this peer fit without dropping others; may be negative."""
    return min(quotas.media - held, free - by_all)
