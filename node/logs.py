"""Logs: one line a fact, on stderr, with the fields that `extra` names and no others."""

from __future__ import annotations

import logging
import sys
from typing import Final

_FIELDS: Final = (
    "host", "activity", "type", "route", "status", "why", "attempt", "outcome", "took_ms", "problem", "command",
)  # fmt: skip
"""Facts a line may carry. Never a body, a key, a token, a supporter or a client's address."""


class FactFormatter(logging.Formatter):
    """`2026-11-22T10:51:00 info delivered host=peer.example took_ms=12`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a stack only for our own mistakes."""
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        facts = [f"{name}={getattr(record, name)}" for name in _FIELDS if hasattr(record, name)]
        line = " ".join([at, record.levelname.lower(), record.getMessage(), *facts])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def start_logging() -> None:
    """Send our own facts to stderr; libraries only when they warn."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(FactFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[out])
    for name in ("node", "federation", "storage"):
        logging.getLogger(name).setLevel(logging.INFO)
