"""A flood of refusals does not become a flood of lines."""

from __future__ import annotations

from datetime import timedelta

from node.scarce import ScarceLines
from tests.village import START


def test_fifty_lines_are_written_at_once_and_then_one_a_second() -> None:
    lines = ScarceLines()
    assert 50 == sum(lines.take(START) is not None for _ in range(1000))
    assert 1 == sum(lines.take(START + timedelta(seconds=1)) is not None for _ in range(1000))


def test_the_next_line_says_how_many_were_not_written() -> None:
    lines = ScarceLines()
    for _ in range(1000):
        lines.take(START)
    later = START + timedelta(seconds=2)
    assert [{"untold": 950}, {}, None] == [lines.take(later) for _ in range(3)]
