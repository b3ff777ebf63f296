"""Requests that we send to our own address, to see how they arrive: what the web server in front makes of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a request of ours came in again."""

    host: str
    """The `Host` header."""
    peer_is_trusted: bool
    tells_client: bool
    """Whether there was an `X-Forwarded-For`."""


@dataclass(slots=True)
class Probes:
    """Those under way; a number that nobody waits for is not kept."""

    has_doors: bool = False
    """Whether requests can arrive in this process at all."""
    _under_way: dict[str, Arrival | None] = field(default_factory=dict)

    def send(self) -> str:
        """A new number that nobody can guess, to be asked with."""
        number = secrets.token_urlsafe(16)
        self._under_way[number] = None
        return number

    def arrived(self, number: str, arrival: Arrival) -> None:
        """A request with this number came in."""
        if number in self._under_way:
            self._under_way[number] = arrival

    def end(self, number: str) -> Arrival | None:
        """How it came in, or None when it did not."""
        return self._under_way.pop(number, None)
