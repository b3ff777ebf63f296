"""What a log line holds, in both forms, and what it never does."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from node.logs import FactFormatter, JsonFormatter, log_loop_trouble

FORMATTERS = pytest.mark.parametrize("formatter", [FactFormatter(), JsonFormatter()], ids=["text", "json"])


def a_record(
    message: str, *args: object, name: str = "node.serve", error: Exception | None = None, **extra: object
) -> Any:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, "file.py", 7, message, args, exc_info)
    record.created = 0.0
    record.__dict__.update(extra)
    return record


def test_a_line_of_text_is_time_level_event_and_fields() -> None:
    line = FactFormatter().format(a_record("put %s", "off", host="peer.example", took_ms=12, secret="x"))
    assert line == "1970-01-01T00:00:00Z warning put off host=peer.example took_ms=12"


def test_a_line_of_json_is_one_object() -> None:
    line = JsonFormatter().format(a_record("put off", host="peer.example", took_ms=12, secret="x"))
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00Z",
        "level": "warning",
        "event": "put off",
        "host": "peer.example",
        "took_ms": 12,
    }


@FORMATTERS
def test_nothing_that_is_logged_makes_a_second_line(formatter: logging.Formatter) -> None:
    record = a_record("refused", problem="one\r\ntwo\u2028three\x85four", host="a\nb")
    assert len(formatter.format(record).splitlines()) == 1
    assert "\x1b" not in formatter.format(a_record("refused", why="\x1b[31m"))


@FORMATTERS
def test_what_a_library_fills_into_its_words_is_left_out(formatter: logging.Formatter) -> None:
    line = formatter.format(a_record("Error of %s", "203.0.113.9", name="aiohttp.server"))
    assert "aiohttp.server: Error of %s" in line
    assert "203.0.113.9" not in line


@FORMATTERS
def test_of_an_exception_its_kind_and_place_are_told_and_its_words_are_not(formatter: logging.Formatter) -> None:
    cause, error = KeyError("alice@example.org"), RuntimeError("203.0.113.9")
    error.__cause__ = cause
    try:
        raise error
    except RuntimeError:
        line = formatter.format(a_record("failed", error=error))
    assert "builtins.KeyError" in line
    assert "builtins.RuntimeError" in line
    assert "test_logs.py" in line
    assert [word for word in ("alice", "203.0.113.9") if word in line] == []


async def test_what_the_event_loop_complains_about_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    import asyncio

    context = {"message": "Fatal error on transport 203.0.113.9", "exception": OSError("203.0.113.9")}
    log_loop_trouble(asyncio.get_running_loop(), context)
    (record,) = caplog.records
    assert "203.0.113.9" not in FactFormatter().format(record)
    assert "builtins.OSError" in FactFormatter().format(record)


def test_loops_of_causes_end() -> None:
    first, second = ValueError(), ValueError()
    first.__context__, second.__context__ = second, first
    assert FactFormatter().format(a_record("failed", error=first)).count("ValueError") == 2
    assert sys.exc_info() == (None, None, None)
