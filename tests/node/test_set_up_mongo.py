"""`init` on MongoDB takes an empty database and no other, and gives back what it made when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from node.actions.set_up import Request, set_up
from node.config import load_config
from node.context import Surroundings, open_node
from node.kit import KitError, read_kit
from node.refusal import Refusal
from storage.errors import StorageError, StoreMissing
from tests.mongo_server import MongoServer

Documents = dict[str, Any]


@pytest.fixture
def database(mongo: MongoServer) -> Iterator[Database[Documents]]:
    name = mongo.new_database()
    with mongo.client() as client:
        yield client[name]
    mongo.forget(name)


@pytest.fixture
def asked(tmp_path: Path, mongo: MongoServer, database: Database[Documents]) -> Request:
    for name in ("srv", "stick"):
        (tmp_path / name).mkdir()
    return Request(
        home=tmp_path / "srv/home",
        name="Koreno",
        handle="union",
        url="http://127.0.0.1:8021",
        kit=tmp_path / "stick/kit",
        passphrase=None,
        store=mongo.url(database.name),
        dev=True,
    )


def everything(database: Database[Documents]) -> dict[str, list[Documents]]:
    return {name: list(database[name].find().sort("_id")) for name in sorted(database.list_collection_names())}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


async def test_a_home_on_mongodb_opens_and_keeps_no_database_of_its_own(asked: Request) -> None:
    await set_up(asked, Surroundings())
    async with open_node(load_config(asked.home, {})) as node:
        assert (read_kit(asked.kit, None).union, 1) == (node.union.did, await node.store.size())
    assert [] == [path.name for path in asked.home.iterdir() if "picketline.db" in path.name]


async def test_the_database_of_another_union_is_refused_and_untouched(
    asked: Request, tmp_path: Path, database: Database[Documents]
) -> None:
    await set_up(asked, Surroundings())
    before, files_before = everything(database), files(tmp_path)
    with pytest.raises(StorageError, match="not empty, and a store is never taken over"):
        await set_up(replace(asked, home=tmp_path / "srv/two", kit=tmp_path / "stick/two"), Surroundings())
    assert (before, files_before) == (everything(database), files(tmp_path))


@pytest.mark.parametrize("collection", ["bookmarks", "schema", "posts"])
async def test_a_database_that_holds_anything_is_refused_and_untouched(
    asked: Request, tmp_path: Path, database: Database[Documents], collection: str
) -> None:
    """Another program's, or what was half made."""
    database[collection].insert_one({"_id": "anything"})
    with pytest.raises(StorageError, match="not empty"):
        await set_up(asked, Surroundings())
    assert {collection: [{"_id": "anything"}]} == everything(database)
    assert [] == files(tmp_path)


async def test_an_init_that_fails_takes_back_what_it_made_and_the_next_succeeds(
    asked: Request, tmp_path: Path, database: Database[Documents]
) -> None:
    with pytest.raises(KitError, match="empty"):
        await set_up(replace(asked, passphrase=" "), Surroundings())
    assert ({}, []) == (everything(database), files(tmp_path))
    await set_up(asked, Surroundings())


async def test_an_init_that_fails_leaves_what_others_put_there_meanwhile(
    asked: Request, database: Database[Documents], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_staged: Path, _home: Path) -> None:
        database["bookmarks"].insert_one({"_id": "theirs"})
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr("node.actions.set_up._move_in", refuse)
    with pytest.raises(Refusal, match="Nothing was kept"):
        await set_up(asked, Surroundings())
    assert {"bookmarks": [{"_id": "theirs"}]} == everything(database)


async def test_a_home_whose_database_is_gone_is_told_and_none_is_made_anew(
    asked: Request, database: Database[Documents]
) -> None:
    await set_up(asked, Surroundings())
    database.client.drop_database(database.name)
    with pytest.raises(StoreMissing, match="names the right one"):
        async with open_node(load_config(asked.home, {})):
            pass
    assert {} == everything(database)


async def test_a_store_of_another_union_is_not_opened_by_this_home(asked: Request, tmp_path: Path) -> None:
    await set_up(asked, Surroundings())
    other = replace(asked, home=tmp_path / "srv/two", kit=tmp_path / "stick/two", store=None)
    await set_up(other, Surroundings())
    config = replace(load_config(other.home, {}), store=asked.store or "")
    with pytest.raises(StorageError, match="belongs to another union"):
        async with open_node(config):
            pass
