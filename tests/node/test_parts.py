"""What is too old is refused before anything is served."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.parts import find_old, find_parts, refuse_old
from node.pictures.clean import clean
from node.refusal import Refusal


def test_what_is_here_will_do() -> None:
    assert find_old(find_parts()) == []
    refuse_old(find_parts())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aiohttp": (3, 14, 3)}, "aiohttp is 3.14.3; this release needs 3.14.4 or newer."),
        ({"pillow": (12, 3, 0)}, "Pillow is 12.3.0; this release needs 13.0.0 or newer."),
        ({"pillow": None}, "Pillow is missing, so no picture could be drawn anew."),
        ({"sqlite": (3, 39, 9)}, "SQLite is 3.39.9; this release needs 3.40.0 or newer."),
        ({"python": (3, 10, 12)}, "Python is 3.10.12; this release needs 3.11 or newer."),
        ({"has_fast_parser": False}, "aiohttp runs without its C extensions"),
    ],
)
def test_what_is_too_old_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        refuse_old(replace(find_parts(), **changes))
    assert str(refused.value).startswith(says)
    assert len(find_old(replace(find_parts(), **changes))) == 1


def test_of_several_old_parts_each_is_named_with_what_to_do() -> None:
    old = replace(find_parts(), aiohttp=(3, 9, 0), pillow=(9, 0, 0), has_fast_parser=False)
    found = find_old(old)
    assert [one.split()[0] for one in found] == ["Pillow", "aiohttp", "aiohttp"]
    assert [one for one in found if f"`{shlex.quote(sys.executable)} -m pip install " not in one] == []
    assert [one for one in found if not one.endswith("`.")] == []  # the sentence behind it is no part of the command


def test_nobody_is_sent_to_a_registry_for_a_name_that_anybody_may_take_there() -> None:
    found = find_old(replace(find_parts(), aiohttp=(3, 9, 0), pillow=None, has_fast_parser=False))
    assert [one for one in found if "install picketline" in one or "upgrade picketline" in one] == []


@pytest.mark.parametrize("there", [None, (12, 9, 9)])
def test_no_picture_is_drawn_with_an_old_pillow(
    there: tuple[int, ...] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.pictures.clean.pillow_version", lambda: there)
    with pytest.raises(Refusal, match=r"^Pillow is .* Nothing was published\.$"):
        clean(tmp_path / "never opened.jpg")


def test_the_slow_parser_is_noticed() -> None:
    asked = "from node.parts import find_parts; print(find_parts().has_fast_parser)"
    environ = {**os.environ, "AIOHTTP_NO_EXTENSIONS": "1"}
    done = subprocess.run([sys.executable, "-c", asked], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
