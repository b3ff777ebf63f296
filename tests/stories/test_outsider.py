"""Somebody who knows the specifications, and none of our code, reads a log at its home and at a mirror, and tells
whether it is good: a process of its own, against two nodes as they are served."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from node.cli.reading import member, text
from storage.ids import LogName
from tests.stories.mirroring import copy_of, rounds, three
from tests.village import Village, Villager

TESTS: Final = Path(__file__).parent.parent


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """Files, which can be changed behind a node's back."""
    return lambda: None


@pytest.fixture
async def held(village: Village) -> tuple[Villager, Villager]:
    """A union with some words, one of them taken back and one mended; and a mirror of it."""
    origin, mirror, _ = await three(village)
    ids = [text(await origin.do("post", handle="strike", text=f"Day {day}"), "id") for day in range(6)]
    await origin.do("retract", id=ids[1])
    await origin.do("edit", id=ids[2], text="Day 3 and a half")
    await village.settle()
    await rounds(village)
    log = await copy_of(mirror, origin)
    assert log.checkpoint_size == await origin.node.store.size()
    return origin, mirror


async def check(*asked: str) -> tuple[int, str]:
    """What the checker says, and whether it is satisfied."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outsider.check_log", *asked),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def change(villager: Villager, table: str, column: str, where: str, *given: object) -> None:
    """One bit of one byte of one row, in the node's own file."""
    path = villager.node.config.store.removeprefix("sqlite:///")
    with sqlite3.connect(path) as rows:
        query = f"SELECT rowid, {column} FROM {table} WHERE {where}"  # noqa: S608  names of ours
        row, value = rows.execute(query, given).fetchone()
        middle = len(value) // 2
        changed = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
        rows.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, row))  # noqa: S608
    rows.close()


async def test_it_finds_nothing_wrong_at_the_home_nor_at_the_mirror(held: tuple[Villager, Villager]) -> None:
    origin, mirror = held
    did = origin.node.union.did
    code, said = await check(origin.node.config.url, did, "--mirror", mirror.node.config.url)
    assert (0, True) == (code, "cosignatures: 2 are good" in said), said
    code, said = await check(mirror.node.config.url, did)
    assert (0, True) == (code, "cosignatures: 1 are good" in said), said


@pytest.mark.parametrize(
    ("table", "column", "where", "found"),
    [
        ("kept_bodies", "body", "log = ? AND place = 5", "activities: "),
        ("kept_leaves", "entry", "log = ? AND place = 5", "root: "),
        ("kept_tiles", "hashes", "log = ? AND level = 0", "tiles: "),
    ],
)
async def test_one_changed_byte_at_the_mirror_is_found_out_and_the_home_is_still_good(
    held: tuple[Villager, Villager], table: str, column: str, where: str, found: str
) -> None:
    origin, mirror = held
    did = origin.node.union.did
    change(mirror, table, column, where, LogName(f"{did}/1"))
    code, said = await check(mirror.node.config.url, did)
    assert (1, True) == (code, f"WRONG  {found}" in said), said
    report = await mirror.do("mirror verify")
    assert (False, True) == (member(report, "ok"), bool(member(report, "problems")))
    code, said = await check(origin.node.config.url, did)
    assert 0 == code, said
