"""What log lines say of peers: the host that organisers may ask about, never what was sent."""

from __future__ import annotations

from collections.abc import Mapping

from federation.addresses import authority
from federation.errors import FederationError, ForbiddenAddress


def host_of(home: str) -> str:
    """The host of a peer's home, with its port; empty when its address has none."""
    try:
        return authority(home)
    except ForbiddenAddress:
        return ""


def failing(home: str, problem: FederationError, **about: str) -> Mapping[str, str]:
    """Whose server it was, what the line is about, and what kind of failure."""
    return {"host": host_of(home), **about, "why": type(problem).__name__}
