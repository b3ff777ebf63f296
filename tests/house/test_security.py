"""What is promised in SECURITY.md is proved by the adversary suite, and who reads the README finds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from node.parts import OLDEST_AIOHTTP, OLDEST_PILLOW, words
from tests.adversary.cases import CASES

ROOT: Final = Path(__file__).resolve().parents[2]
PROMISES: Final = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
_NAMED: Final = re.compile(r"\[([A-Z]+-[0-9]+[^\]]*)\](?!\()")


def promised() -> list[str]:
    """Each id that SECURITY.md names; of `SIG-01 to SIG-42` both ends."""
    return [id for listed in _NAMED.findall(PROMISES) for id in re.findall(r"[A-Z]+-[0-9]+", listed)]


def test_every_promise_names_cases_that_are_proved() -> None:
    assert len(promised()) > 10
    assert [id for id in promised() if id not in CASES or not CASES[id].tests] == []


def test_every_bold_promise_is_a_sentence_with_proof_or_says_what_it_hangs_on() -> None:
    (_, _, section) = PROMISES.partition("## What is promised\n")
    paragraphs = [one for one in section.partition("\n## ")[0].split("\n\n") if one.strip()]
    assert [one for one in paragraphs if not one.strip().startswith("**") or not _NAMED.search(one)] == []


def test_the_oldest_parts_are_those_that_are_checked() -> None:
    assert f"aiohttp before {words(OLDEST_AIOHTTP)} " in PROMISES
    assert f"Pillow before {words(OLDEST_PILLOW)}." in PROMISES


@pytest.mark.parametrize("page", ["README.md", "deploy/OPERATIONS.md"])
def test_readers_and_admins_are_led_to_both_pages(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert ("SECURITY.md)" in text, "THREATS.md)" in text) == (True, True)


@pytest.mark.parametrize("page", ["SECURITY.md", "deploy/THREATS.md"])
def test_every_link_leads_to_a_file(page: str) -> None:
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (folder / link).is_file()] == []
