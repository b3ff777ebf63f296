"""`worker`: the workers alone, on a store of several machines; and one server for each home."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from node.config import Config
from node.home_lock import only_server
from node.refusal import Refusal
from node.work import work, working
from storage.store import Store
from tests.node.test_serve import home as made_home  # noqa: F401
from tests.node.test_serve import run, serving
from tests.sharing import Machines
from tests.village import Village


def test_a_worker_on_a_store_of_one_process_is_refused_with_a_sentence(made_home: Path) -> None:  # noqa: F811
    refused = run(made_home, "worker")
    assert (1, "") == (refused.returncode, refused.stdout)
    assert refused.stderr.startswith("picketline: A worker runs beside a node on a store of several machines (MongoDB)")
    with serving(made_home):
        assert "keeps its store in a file" in run(made_home, "worker").stderr


async def test_a_worker_delivers_says_that_it_is_there_and_ends_without_a_trace(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machines(monkeypatch)
    us, harbour = await village.add("koreno"), await village.add("harbour")
    await harbour.do("follow", address=f"union@{us.node.locations.host}")
    await village.settle()
    await us.do("post", handle="union", text="words")
    async with working(us.node):
        while not await delivered(us.node.store):  # noqa: ASYNC110 — the store has no event
            await asyncio.sleep(0)
        assert ["worker"] == [process.kind for process in await us.node.store.list_processes()]
    assert [] == await us.node.store.list_processes()


async def delivered(store: Store) -> bool:
    found = await store.list_deliveries(None, None, after=None, limit=9)
    return any(each.type == "Create" and each.state == "delivered" for each in found)


async def test_a_worker_with_a_wrong_store_does_nothing(config: Config) -> None:
    with pytest.raises(Refusal, match="keeps its store in a file"):
        await work(replace(config, store="sqlite:////x.db"), ready=lambda: None, stopping=lambda: None)


@pytest.fixture
async def config(village: Village) -> Config:
    return (await village.add("koreno")).node.config


@pytest.mark.parametrize(
    ("store", "says"),
    [("sqlite:////x.db", "they go through it"), ("mongodb://db.example/x", "run `picketline worker` beside it")],
)
async def test_one_server_holds_a_home_whatever_its_store(config: Config, store: str, says: str) -> None:
    config = replace(config, store=store)
    with only_server(config), pytest.raises(Refusal, match=says), only_server(config):
        raise AssertionError("two servers hold one home")
    with only_server(config):
        assert (config.home / "serve.lock").stat().st_mode & 0o777 == 0o600


async def test_a_home_that_cannot_be_locked_is_one_sentence(config: Config) -> None:
    (config.home / "serve.lock").mkdir()
    with pytest.raises(Refusal, match="cannot be made"), only_server(config):
        raise AssertionError("held without a lock")


async def test_a_password_in_the_address_of_a_store_is_not_shown_with_the_settings(config: Config) -> None:
    assert "hunter2" not in repr(replace(config, store="mongodb://us:hunter2@db.example/x"))
