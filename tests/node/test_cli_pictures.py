"""`post --media`: what is asked, what is refused with its remedy, and what lies in the home folder afterwards."""

from __future__ import annotations

import shutil
import stat
import sys
from collections import namedtuple
from pathlib import Path

import click
import pytest
from click.testing import Result

from node.pictures.keeping import LEFT_FOR_TEXT
from tests.node.pictures.making import PLANTED, TELLING
from tests.node.shell import Shell

Usage = namedtuple("Usage", "total used free")
NAME = "IMG_secret-meeting.jpg"


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / NAME
    path.write_bytes(TELLING["JPEG"]())
    return str(path)


def media(shell: Shell) -> list[Path]:
    return [path for path in (shell.home / "media").rglob("*") if path.is_file()]


def test_med_01_to_04_neither_the_name_nor_what_the_phone_wrote_is_kept_anywhere(
    shell: Shell,
    photo: str,
) -> None:
    shell.json("post", "strike", "Look", "--media", photo, "--alt", "A crowd")
    held = {path: path.read_bytes() for path in shell.home.rglob("*") if path.is_file()}
    assert [] == [path for path, body in held.items() if PLANTED in body or b"secret-meeting" in body]
    assert 1 == len(media(shell))
    assert [] == [path for path in shell.home.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_pictures_and_descriptions_are_paired_in_order(shell: Shell, photo: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(TELLING["PNG"]())
    posted = shell.json(
        "post", "strike", "Look", "--media", photo, "--alt", "first", "--media", str(other), "--alt", "second"
    )
    edited = shell.json("edit", posted["id"], "Again")
    assert (posted["id"], 2) == (edited["id"], len(media(shell)))
    shell.json("edit", posted["id"], "--drop-media")
    assert [] == media(shell)
    assert "exactly that already" in shell.refused("edit", posted["id"], "Again")


def test_a_missing_description_is_refused_with_its_remedy(shell: Shell, photo: str) -> None:
    for words in ([], ["--alt", ""], ["--alt", "  "]):
        sentence = shell.refused("post", "strike", "Look", "--media", photo, *words)
        assert sentence.startswith(f"{NAME} has no description")
        assert "--alt" in sentence
        assert "--no-alt" in sentence
    assert [] == media(shell)


def test_decoration_is_said_to_be_decoration(shell: Shell, photo: str) -> None:
    shell.json("post", "strike", "One", "--media", photo, "--no-alt")
    shell.json("post", "strike", "Two", "--media", photo, "--alt", "", "--no-alt")
    assert 1 == len(media(shell))


def test_on_a_terminal_the_description_is_asked_for(
    shell: Shell,
    photo: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from node.cli import pictures

    class Terminal:
        def __init__(self, before: object) -> None:
            self.before = before

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(sys.stdin))
    monkeypatch.setattr(click, "prompt", lambda asked, **_how: f"answer to {asked}")
    assert f"answer to What does {NAME} show?" in pictures._describe(Path(photo), [], no_alt=False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--alt", "a"], "give it with --media"),
        (["--no-alt"], "give it with --media"),
        (["--media", "x", "--alt", "a", "--alt", "b"], "more --alt than --media"),
    ],
)
def test_descriptions_without_their_picture_are_wrong_usage(shell: Shell, words: list[str], says: str) -> None:
    done: Result = shell.run("post", "strike", "Look", *words)
    assert (2, True) == (done.exit_code, says in done.stderr)


def test_new_pictures_and_none_at_once_are_wrong_usage(shell: Shell, photo: str) -> None:
    done = shell.run("edit", "1", "Look", "--media", photo, "--alt", "x", "--drop-media")
    assert (2, True) == (done.exit_code, "one of the two" in done.stderr)


def test_med_05_what_is_no_picture_is_refused_with_its_name(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    sentence = shell.refused("post", "strike", "Look", "--media", str(path), "--alt", "A cat")
    assert "cat.png is no JPEG, PNG, WebP or GIF picture, whatever its name says." in sentence
    assert sentence.endswith("Nothing was published.")


def test_when_one_picture_is_refused_none_is_kept(shell: Shell, photo: str, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    words = ["--media", photo, "--alt", "a", "--media", str(tmp_path / "bad.jpg"), "--alt", "b"]
    assert "bad.jpg is damaged" in shell.refused("post", "strike", "Look", *words)
    assert [] == media(shell)


def test_dos_21_on_a_nearly_full_disk_words_still_get_through(
    shell: Shell,
    photo: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(2**40, 2**40, LEFT_FOR_TEXT - 1))
    sentence = shell.refused("post", "strike", "Look", "--media", photo, "--alt", "A crowd")
    assert sentence.startswith("Only 199 MiB are free")
    assert "publish without the picture" in sentence
    assert shell.json("post", "strike", "Words")["id"]
    assert [] == media(shell)
