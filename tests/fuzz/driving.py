"""What a property is tried with, and what one case may cost.

`make test` tries the same thousand tapes each time; `make fuzz` takes the profile `fuzz`: a hundred thousand, others
each time. Costs are counted in calls, the same on every machine; the time of a case counts only in `make fuzz`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, ParamSpec, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.activitystreams.validation import reference
from federation.times import read_rfc3339
from tests.fuzz.tape import Tape

P = ParamSpec("P")
R = TypeVar("R")

reference(), read_rfc3339("2026-11-22T12:00:00Z")
"""Both load much when they are first asked, which would count as the cost of that case."""
_LENGTH: Final = 192
CASES: Final = 10 * settings().max_examples
"""For each property."""
_AT_ONCE: Final = 5
"""Cases in one example: hypothesis takes longer to draw one than most readers take to read it."""
TAPES: Final = st.binary(min_size=_LENGTH, max_size=_LENGTH).map(Tape)
"""All of one length, which costs hypothesis the least; a failing one is made simple by making bytes zeros."""
_LONGEST_CASE: Final = 2.0
"""Seconds of processor time, with every call counted."""


def within(steps: int, read: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What it returns or raises; an AssertionError as soon as it makes more calls than these."""
    left, before, began = steps, sys.getprofile(), time.process_time()

    def count(_frame: FrameType, event: str, _given: object) -> None:
        nonlocal left
        left -= event in {"call", "c_call"}
        if left < 0:
            raise AssertionError(f"one case took more than {steps} calls")

    sys.setprofile(count)
    try:
        return read(*args, **kwargs)
    finally:
        sys.setprofile(before)
        if settings.get_current_profile_name() == "fuzz":
            took = time.process_time() - began
            assert took < _LONGEST_CASE, f"one case took {took:.1f} s"


def tried(property: Callable[[Tape], None]) -> Callable[[], None]:
    """A test of a property: as many tapes as the profile says, five at once."""

    def each(tapes: list[Tape]) -> None:
        for tape in tapes:
            property(tape)

    each.__name__, each.__qualname__, each.__module__ = property.__name__, property.__qualname__, property.__module__
    five = st.binary(min_size=_AT_ONCE * _LENGTH, max_size=_AT_ONCE * _LENGTH).map(_cut)
    return settings(max_examples=CASES // _AT_ONCE)(given(five)(each))


def _cut(raw: bytes) -> list[Tape]:
    return [Tape(raw[at : at + _LENGTH]) for at in range(0, len(raw), _LENGTH)]
