"""One case: the tests that prove it, and the part of it that waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """Tests as `folder/module::test`, below `tests/`; `waits` says for what, and why."""

    tests: tuple[str, ...]
    waits: str = ""


def proved(*tests: str, waits: str = "") -> Case:
    """By these tests."""
    return Case(tests, waits)


def waiting(reason: str) -> Case:
    """By nothing yet."""
    return Case((), reason)
