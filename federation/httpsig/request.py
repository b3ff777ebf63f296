"""A request as plain data: what a signature covers, free of any web framework."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """An HTTP request as it came off the wire.

    `target` is the path with its query exactly as in the request line; `headers` keep order and repetition,
    names in lower case; `body` is the raw bytes, None for a request without one. `asker` is a number under which
    whoever sent it is counted, None when that cannot be known.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None
    asker: int | None = None

    def values(self, name: str) -> tuple[str, ...]:
        """Every value sent under this lower-case header name."""
        return tuple([value for key, value in self.headers if key == name])  # asked a dozen times a request
