"""What stays wrong for a while is told once when it begins, and once when it is over."""

from __future__ import annotations

import logging
from typing import Final

from federation.errors import HeadRefused
from storage.errors import StorageError


class Trouble:
    """Something that halts a loop; the loop tries again by itself, so each kind of trouble is one line."""

    def __init__(self, log: logging.Logger, work: str) -> None:
        """`work` is what halts and goes on, in the plural: `deliveries`."""
        self._log: Final = log
        self._work: Final = work
        self._told: set[str] = set()

    def halts(self, error: Exception) -> None:
        """It was tried, and this came of it; what storage and our log say is for people, other words may be of them."""
        kind = type(error).__name__
        if kind not in self._told:
            self._told.add(kind)
            facts = {
                "outcome": kind,
                **({"problem": str(error)} if isinstance(error, StorageError | HeadRefused) else {}),
            }
            self._log.warning("%s halted", self._work, extra=facts)

    def is_over(self) -> None:
        """It was tried, and nothing was wrong."""
        if self._told:
            self._told.clear()
            self._log.info("%s go on", self._work)
