"""Logs: one line a fact, on stderr, with the fields that `extra` names and no others.

Nothing personal gets in: what libraries fill into their messages and what exceptions say may hold an address, so of
the first only the fixed words are written, and of the second the kind and the stack.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

log = logging.getLogger(__name__)

_FIELDS: Final = (
    "host", "activity", "type", "route", "status", "why", "attempt", "outcome", "took_ms", "problem", "command",
    "what", "task", "scheme",
)  # fmt: skip
"""Facts a line may carry. Never a body, a key, a token, a supporter or a client's address."""
_OURS: Final = ("node", "federation", "storage")


class FactFormatter(logging.Formatter):
    """`2026-11-22T10:51:00Z info delivered host=peer.example took_ms=12`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a stack only for our own mistakes."""
        facts = [f"{name}={value}" for name, value in _facts(record).items()]
        line = " ".join([_time(record), record.levelname.lower(), _event(record), *facts])
        plain = "".join(letter if letter.isprintable() else " " for letter in line)
        return "\n".join([plain, *_stack(record)])


class JsonFormatter(logging.Formatter):
    """The same facts as one JSON object a line: time, level, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in it."""
        line = {"time": _time(record), "level": record.levelname.lower(), "event": _event(record), **_facts(record)}
        stack = list(_stack(record))
        return json.dumps(line | ({"stack": stack} if stack else {}), default=str)


def start_logging(form: str = "text", level: str = "info") -> None:
    """Send our own facts from `level` on to stderr; libraries only when they warn."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(JsonFormatter() if form == "json" else FactFormatter())
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(logging.WARNING, ours), handlers=[out], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(ours)


def log_loop_trouble(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """What no task caught: asyncio's own words would show the other side's address."""
    log.error("an error outside of any request", exc_info=context.get("exception"))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(record: logging.LogRecord) -> str:
    """The message; of a library's only the words that never change."""
    is_ours = record.name.partition(".")[0] in _OURS
    return record.getMessage() if is_ours else f"{record.name}: {record.msg}"


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}


def _stack(record: logging.LogRecord) -> Iterator[str]:
    """Where it happened and of what kind it was, the causes first."""
    error, chain = record.exc_info[1] if record.exc_info else None, []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in reversed(chain):
        frames = traceback.extract_tb(each.__traceback__)
        yield from (f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        yield f"  {type(each).__module__}.{type(each).__qualname__}"
