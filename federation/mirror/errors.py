"""What can be wrong with another union's log, or with who serves it.

FederationError
├── Refused
│   ├── BrokenLog    its own key signed what no log may hold; it is stopped, with evidence
│   ├── Forked       two signed heads of it cannot both be right; it is stopped, with evidence
│   ├── Disputed     two charters of one epoch: nothing new is taken until that is settled
│   ├── PactEnded    nothing more is asked of it, nor taken
│   └── QuotaReached it takes more room than we lend
└── Unreachable
    └── BadSource    whoever serves it serves something else than was signed; another may serve it right
"""

from __future__ import annotations

from typing import Literal

from federation.errors import Refused, Unreachable
from storage.records import EvidenceKind


class BrokenLog(Refused):
    """The log's key signed what no log may hold; `first` and `second` show it."""

    def __init__(self, message: str, *, first: bytes, second: bytes, kind: EvidenceKind = "unserved") -> None:
        super().__init__(message)
        self.first, self.second, self.kind = first, second, kind


class Forked(BrokenLog):
    """Two signed heads that cannot both be right."""

    def __init__(self, message: str, *, first: bytes, second: bytes) -> None:
        super().__init__(message, first=first, second=second, kind="fork")


class Disputed(Refused):
    """Two charters of one epoch."""


class PactEnded(Refused):
    """Nothing more is asked of it, nor taken."""


class QuotaReached(Refused):
    """It takes more room than we lend."""

    def __init__(self, message: str, *, what: Literal["text", "day", "disk"]) -> None:
        super().__init__(message)
        self.what = what


class BadSource(Unreachable):
    """It serves something else than was signed."""
