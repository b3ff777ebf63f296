"""Bells: how one part of a node tells others that there is something to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bell:
    """Rings for whoever listens; without a listener (no worker runs) it rings for nobody."""

    listeners: list[Callable[[], None]] = field(default_factory=list)

    def ring(self) -> None:
        """Something is there to do."""
        for listener in list(self.listeners):
            listener()
