"""Every address that this process connects to, and every name it looks up, as the interpreter itself reports them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache


@dataclass(slots=True)
class Leaving:
    """What left the process, or was about to."""

    connects: list[tuple[str, int]] = field(default_factory=list)
    """Host and port, in order; sockets of this machine's own file system apart."""
    lookups: list[str] = field(default_factory=list)

    def beyond(self, *ports: int) -> list[tuple[str, int]]:
        """Connections to anything but servers of the test on loopback."""
        return [one for one in self.connects if one[0] != "127.0.0.1" or one[1] not in ports]


@cache
def _hook() -> list[Leaving]:
    """Who listens; the hook itself cannot be taken out again, and does nothing while nobody does."""
    listeners: list[Leaving] = []

    def hear(event: str, given: tuple[object, ...]) -> None:
        if not listeners:
            return
        if event == "socket.connect" and isinstance(given[1], tuple):
            for one in listeners:
                one.connects.append((str(given[1][0]), int(given[1][1])))
        elif event == "socket.getaddrinfo":
            for one in listeners:
                one.lookups.append(str(given[0]))

    sys.addaudithook(hear)
    return listeners


@contextmanager
def leaving() -> Iterator[Leaving]:
    """What leaves during the block."""
    heard, listeners = Leaving(), _hook()
    listeners.append(heard)
    try:
        yield heard
    finally:
        listeners.remove(heard)
