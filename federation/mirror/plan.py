"""In which requests missing activities are asked for, so that few posts cost little however long the log is; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.mirror.source import PAGE

_GAP: Final = 8
"""Activities that are fetched although they are not needed, rather than asked for apart."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places [start, end) of which most are wanted."""

    start: int
    end: int

    @property
    def is_one(self) -> bool:
        """Whether it is a single activity, which is asked for by its digest."""
        return self.end - self.start == 1


def plan(places: Sequence[int]) -> list[Stretch]:
    """Stretches that cover these places, which come in order; none is longer than a page."""
    found: list[Stretch] = []
    for place in places:
        last = found[-1] if found else None
        if last is not None and place - last.end < _GAP and place - last.start < PAGE:
            found[-1] = Stretch(last.start, place + 1)
        else:
            found.append(Stretch(place, place + 1))
    return found
