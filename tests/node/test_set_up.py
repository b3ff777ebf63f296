"""`init` makes a home, its kit and its store, or nothing; and never touches what stood before."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from node.actions.set_up import Request, check_request, set_up
from node.config import load_config
from node.context import Surroundings, open_node
from node.kit import KitError, read_kit
from node.refusal import Refusal
from node.settings import ConfigError


@pytest.fixture
def asked(tmp_path: Path) -> Request:
    for name in ("srv", "stick", "disk"):
        (tmp_path / name).mkdir()
    return Request(
        home=tmp_path / "srv/home",
        name="Koreno",
        handle="union",
        url="http://127.0.0.1:8021",
        kit=tmp_path / "stick/kit",
        passphrase=None,
        store=f"sqlite:///{tmp_path}/disk/x.db",
        dev=True,
    )


def made(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


async def opens(asked: Request) -> bool:
    async with open_node(load_config(asked.home, {})) as node:
        return node.union.did == read_kit(asked.kit, None).union


async def test_a_store_outside_of_the_home_is_made_and_closed_to_others(asked: Request, tmp_path: Path) -> None:
    await set_up(asked, Surroundings())
    assert await opens(asked)
    assert stat.S_IMODE((tmp_path / "disk/x.db").stat().st_mode) == 0o600


async def test_a_kit_that_cannot_be_written_leaves_no_store_and_the_next_try_succeeds(
    asked: Request, tmp_path: Path
) -> None:
    with pytest.raises(KitError, match="empty"):
        await set_up(replace(asked, passphrase=" "), Surroundings())
    assert made(tmp_path) == []
    await set_up(asked, Surroundings())
    assert await opens(asked)


async def test_a_home_that_cannot_be_moved_in_leaves_neither_kit_nor_store(
    asked: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr("node.actions.set_up._move_in", refuse)
    with pytest.raises(Refusal, match="Nothing was kept"):
        await set_up(asked, Surroundings())
    assert made(tmp_path) == []


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal", ".lock"])
async def test_a_store_that_stands_already_is_refused_at_the_start_and_stays(
    asked: Request, tmp_path: Path, ending: str
) -> None:
    standing = tmp_path / f"disk/x.db{ending}"
    standing.write_text("another union's")
    with pytest.raises(Refusal, match="exists already, and a store is never taken over"):
        check_request(asked)
    with pytest.raises(Refusal, match="exists already"):
        await set_up(asked, Surroundings())
    assert made(tmp_path) == [f"disk/x.db{ending}"]
    assert standing.read_text() == "another union's"


async def test_a_store_that_appears_after_the_check_is_not_touched(
    asked: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.actions.set_up.check_request", lambda _: None)
    (tmp_path / "disk/x.db").write_text("another union's")
    with pytest.raises(Refusal, match="exists already"):
        await set_up(asked, Surroundings())
    assert made(tmp_path) == ["disk/x.db"]


def test_a_relative_name_that_leads_out_of_the_home_is_a_store_outside(asked: Request, tmp_path: Path) -> None:
    (tmp_path / "srv/x.db").write_text("another union's")
    with pytest.raises(Refusal, match="exists already"):
        check_request(replace(asked, store="sqlite:///../x.db"))


def test_a_store_that_cannot_be_is_refused_at_the_start(asked: Request, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="there is no folder"):
        check_request(replace(asked, store=f"sqlite:///{tmp_path}/none/x.db"))
    with pytest.raises(Refusal, match="is named from there"):
        check_request(replace(asked, store=f"sqlite:///{asked.home}/x.db"))
    with pytest.raises(ConfigError, match="names no database") as refused:
        check_request(replace(asked, store="mongodb://user:hunter2@db.example"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("name", "says"), [("", "1 to 100"), (" ", "1 to 100"), ("a\nb", "one line")])
def test_a_name_that_cannot_be_is_refused_as_what_init_was_given(asked: Request, name: str, says: str) -> None:
    with pytest.raises(Refusal, match="--name cannot be") as refused:
        check_request(replace(asked, name=name))
    assert (True, False) == (says in str(refused.value), "toml" in str(refused.value))


async def test_an_empty_folder_becomes_the_home(asked: Request) -> None:
    asked.home.mkdir(mode=0o755)
    await set_up(replace(asked, store=None), Surroundings())
    assert await opens(asked)
    assert stat.S_IMODE(asked.home.stat().st_mode) == 0o700


@pytest.mark.parametrize("folder", ["srv", "stick"])
async def test_a_disk_that_does_not_confirm_a_folder_takes_nothing_back(
    asked: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """The kit's folder comes before the home is moved in, the home's folder after it."""
    sync, failed = os.fsync, []

    def fail(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == tmp_path / folder:
            failed.append(folder)
            raise OSError(errno.EIO, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    await set_up(asked, Surroundings())
    assert failed == [folder]
    assert await opens(asked)
