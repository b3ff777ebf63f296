"""Whether what we found out is on its way to the store: until it stands there, what is read there is old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Writing:
    """Counts what is being written, and what was."""

    def __init__(self) -> None:
        self._under_way = 0
        self._ended = 0

    @contextmanager
    def change(self) -> Iterator[None]:
        """From finding something out to its standing in the store."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._ended += 1

    def mark(self) -> int:
        """How many ended, to be asked before something is read."""
        return self._ended

    def is_old(self, mark: int) -> bool:
        """Whether what was read since that mark may be older than what we know."""
        return self._under_way > 0 or self._ended != mark
