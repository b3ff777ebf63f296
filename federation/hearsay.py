"""What other servers' clocks said when they answered us lately: how far ours may be off."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.times import read_http_date
from storage.ids import Host

_KEPT: Final = 64
_LASTS: Final = timedelta(hours=6)


class HeardDates:
    """The last `Date` of each of the last 64 servers, read only when somebody wants to know."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._heard: OrderedDict[Host, tuple[str, datetime]] = OrderedDict()

    def note(self, host: Host, date: str) -> None:
        """A server answered with this `Date`."""
        self._heard[host] = date, self._now()
        self._heard.move_to_end(host)
        if len(self._heard) > _KEPT:
            self._heard.popitem(last=False)

    def offsets(self) -> list[timedelta]:
        """How far our clock was before each of theirs (negative: behind), of the last six hours."""
        since, found = self._now() - _LASTS, []
        for date, heard_at in self._heard.values():
            try:
                theirs = read_http_date(date)
            except BadSignature:
                continue
            if heard_at >= since:
                found.append(heard_at - theirs)
        return found

    def median_offset(self) -> tuple[timedelta, int] | None:
        """The middle one, which no single server can move far, and of how many; None when nobody was heard."""
        offsets = self.offsets()
        if not offsets:
            return None
        return timedelta(seconds=median(offset.total_seconds() for offset in offsets)), len(offsets)
