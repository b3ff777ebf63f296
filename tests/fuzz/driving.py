"""What a property is tried with, and what one case may cost.

`make test` tries the same thousand tapes each time; `make fuzz` takes the profile `fuzz`: a hundred thousand, other ones
each time. Costs are counted in calls, which are the same on every machine; the time of a case counts only in `make fuzz`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final, ParamSpec, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from tests.fuzz.tape import Tape

P = ParamSpec("P")
R = TypeVar("R")

_LENGTH: Final = 192
TAPES: Final = st.binary(min_size=_LENGTH, max_size=_LENGTH).map(Tape)
"""All of one length, which costs hypothesis the least; a failing one is shortened by making its end zeros."""
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
