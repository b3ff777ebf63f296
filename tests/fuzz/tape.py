"""Chance that is written down: every choice a generator makes is read off a tape of bytes.

One grammar serves both drivers so: hypothesis draws tapes and shortens the one that fails, and a fuzzer that watches
the code (`tests.fuzz.guided`) changes their bytes.
"""

from __future__ import annotations

from random import Random
from typing import Final

_WIDTH: Final = 8


class Tape(Random):
    """Reads choices off bytes; behind the end every choice is the first one, so a short tape makes a simple case."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(0)
        self.raw = raw
        self._at = 0

    def __repr__(self) -> str:
        return f"Tape({self.raw!r})"

    @property
    def is_over(self) -> bool:
        """Whether only first choices are left."""
        return self._at >= len(self.raw)

    def random(self) -> float:
        """As `Random` asks for it, in steps of 1/256."""
        return self.getrandbits(_WIDTH) / (1 << _WIDTH)

    def getrandbits(self, k: int, /) -> int:
        """As `Random` asks for it; no more bytes than are needed."""
        count = (k + _WIDTH - 1) // _WIDTH
        found = self.raw[self._at : self._at + count]
        self._at += count
        return int.from_bytes(found, "big") & ((1 << k) - 1)

    def cut(self, most: int) -> bytes:
        """Up to so many bytes, as they stand."""
        found = self.raw[self._at : self._at + self.randrange(most + 1)]
        self._at += len(found)
        return found

    def rarely(self) -> bool:
        """True for one in sixteen; False behind the end."""
        return self.getrandbits(_WIDTH) >= 240
