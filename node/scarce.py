"""Lines that strangers can cause, as many as somebody would read: the others are counted, and told of later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from federation.budgets import Buckets


@dataclass(slots=True)
class ScarceLines:
    """One a second after fifty; metrics count all that they tell of."""

    _lines: Buckets[str] = field(default_factory=lambda: Buckets(burst=50, every=timedelta(seconds=1), keep=1))
    _untold: int = 0

    def take(self, now: datetime) -> dict[str, int] | None:
        """None when the line is not to be written; otherwise what else it is to say: how many were not."""
        if self._lines.take("all", now):
            self._untold += 1
            return None
        untold, self._untold = self._untold, 0
        return {"untold": untold} if untold else {}
