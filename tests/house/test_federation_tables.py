"""FEDERATION.md says of every activity and every kind of object what is done with it, and of no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from federation.activitystreams.kinds import OBJECT_KINDS
from federation.inbox.dispatch import HANDLERS

TOLD: Final = (Path(__file__).resolve().parents[2] / "FEDERATION.md").read_text(encoding="utf-8")
REST: Final = "anything else"


def rows(heads: str) -> dict[str, list[str]]:
    """The table under these column heads: first cell → the others."""
    found = re.search(rf"^\| {re.escape(heads)} \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", TOLD, re.MULTILINE)
    assert found, f"FEDERATION.md has no table of {heads}"
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]
    return {first: others for first, *others in lines}


ACTIVITIES: Final = rows("activity | object | done | kept | shown")
OBJECTS: Final = rows("object | shown as")


def test_each_activity_that_has_an_effect_has_a_row_and_no_other() -> None:
    assert [*sorted(HANDLERS), REST] == list(ACTIVITIES)


def test_each_row_says_what_is_done_kept_and_shown() -> None:
    assert [] == [name for name, cells in ACTIVITIES.items() if not all(cells) and name != REST]


def test_each_kind_of_object_has_a_row_and_no_other() -> None:
    assert [*sorted(OBJECT_KINDS), REST] == list(OBJECTS)


@pytest.mark.parametrize("type", sorted(OBJECT_KINDS))
def test_each_kind_of_object_is_shown_as_its_row_says(type: str) -> None:
    kind, (told,) = OBJECT_KINDS[type], OBJECTS[type]
    expected = (kind.is_elsewhere, not kind.is_elsewhere, kind.has_occasion, kind.has_choices)
    assert expected == tuple(word in told for word in ("link", "summary as warning", "time and place", "choices"))
