"""`picketline store copy`: from a file to MongoDB and back; what is refused, in one sentence without the address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from click.testing import CliRunner, Result

from node.cli.root import picketline
from node.clock import utc_now
from node.version import VERSION
from storage.backends import blobs_of, open_blobs, open_store
from storage.ids import Did, Digest
from storage.records import Process
from tests.mongo_server import MongoServer, free_port, mongo_server, start
from tests.storage.making import a_union

SECRET = "hunter2"


class Shell:
    """A home on a file, with a campaign and an update."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(picketline, ["--home", str(self.home), *words])

    def init(self, *more: str) -> Result:
        return self.run(
            "init", "--name", "Koreno", "--url", "http://127.0.0.1:8199", "--kit", str(self.folder / "kit"),
            "--no-kit-passphrase", "--dev", *more,
        )  # fmt: skip

    def copy(self, url: str) -> Result:
        return self.run("store", "copy", str(self.home), url)

    def use(self, url: str) -> None:
        path = self.home / "picketline.toml"
        lines = [line for line in path.read_text().splitlines() if not line.startswith(("store =", "# store ="))]
        path.write_text("\n".join([*lines, f"store = {json.dumps(url)}", ""]))

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def sentence(done: Result) -> str:
    """The one sentence of a refusal; never a trace, never what is secret."""
    assert done.exit_code == 1, done.output
    assert done.stderr.count("\n") == 1, done.stderr
    for never in ("Traceback", SECRET, "mongodb://u", "mongodb+srv://u"):
        assert never not in done.output
    return done.stderr.removeprefix("picketline: ").strip()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.delenv("PICKETLINE_HOME", raising=False)
    return Shell(tmp_path)


@pytest.fixture
def shell(bare: Shell) -> Shell:
    assert bare.init().exit_code == 0
    bare.json("campaign", "add", "strike", "--name", "Strike at Koreno")
    bare.json("post", "strike", "We walked out. #strike")
    return bare


@pytest.fixture
def url(mongo: MongoServer) -> Iterator[str]:
    name = mongo.new_database()
    yield mongo.url(name)
    mongo.forget(name)


def add_media(url: str, folder: Path, body: bytes) -> str:
    async def add() -> str:
        store = await open_store(url)
        try:
            return await blobs_of(store, url, folder).add_blob(body)
        finally:
            await store.close()

    return asyncio.run(add())


def read_media(url: str, folder: Path, digest: str) -> bytes:
    async def read() -> bytes:
        async with open_blobs(url, folder) as blobs:
            return await blobs.read_blob(Digest(digest))

    return asyncio.run(read())


def mark(url: str, name: str, value: str) -> None:
    async def save() -> None:
        store = await open_store(url)
        await store.save_copy_mark(name, value)
        await store.close()

    asyncio.run(save())


def test_a_home_goes_to_mongodb_and_back_and_works_on_each(shell: Shell, url: str) -> None:
    body = b"a picture" * 100_000
    digest = add_media(f"sqlite:///{shell.home}/picketline.db", shell.home / "media", body)
    before = shell.json("campaign", "list")
    done = shell.copy(url)
    assert done.exit_code == 0, done.output
    assert (True, True) == ('store = "URL"' in done.stdout, "entries: 3\n" in done.stderr)
    (shell.home / "media").rename(shell.home / "media.old")
    shell.use(url)
    assert before == shell.json("campaign", "list")
    assert body == read_media(url, shell.home / "media", digest)
    shell.json("post", "strike", "Second day.")
    back = f"sqlite:///{shell.home}/back.db"
    done = shell.copy(back)
    assert done.exit_code == 0, done.output
    shell.use("sqlite:///back.db")
    assert (2, body) == (len(pages(shell)), read_media(back, shell.home / "media", digest))


def pages(shell: Shell) -> list[Any]:
    async def read() -> list[Any]:
        store = await open_store(f"sqlite:///{shell.home}/back.db")
        try:
            return list(await store.list_posts(None, before=None, limit=9))
        finally:
            await store.close()

    return asyncio.run(read())


def test_what_was_copied_is_told_as_json_without_the_address(shell: Shell, url: str) -> None:
    done = shell.run("store", "copy", str(shell.home), url, "--json")
    document = json.loads(done.stdout)
    assert (3, []) == (document["rows"]["entries"], document["damaged_media"])
    assert url not in done.output


def test_a_half_copied_store_is_not_served_until_it_is_whole(shell: Shell, url: str) -> None:
    union = shell.json("charter", "show")["union"]
    mark(url, "of union", union)
    old = shell.home / "picketline.toml"
    settings = old.read_text()
    shell.use(url)
    assert "half copied" in sentence(shell.run("campaign", "list"))
    old.write_text(settings)
    assert shell.copy(url).exit_code == 0
    shell.use(url)
    assert shell.json("campaign", "list")


def test_another_unions_database_is_no_place_to_copy_to(shell: Shell, url: str) -> None:
    async def take() -> None:
        store = await open_store(url)
        await store.add_union(a_union(did=Did("did:key:z6MkTheirs"), name="Theirs"))
        await store.close()

    asyncio.run(take())
    assert "holds a store already (Theirs)" in sentence(shell.copy(url))


def test_the_store_in_use_is_no_place_to_copy_to(shell: Shell) -> None:
    for same in ("sqlite:///picketline.db", f"sqlite:///{shell.home}/../home/picketline.db"):
        assert "uses already" in sentence(shell.copy(same))


@pytest.mark.parametrize("words", [[], ["URL"], ["URL", "HOME"], ["HOME", "URL", "more"], ["HOME"]])
def test_places_in_a_wrong_order_or_number_are_told_without_repeating_them(bare: Shell, words: list[str]) -> None:
    places = {"URL": f"mongodb://u:{SECRET}@db.example/x", "HOME": str(bare.home)}
    done = CliRunner().invoke(picketline, ["store", "copy", *(places.get(word, word) for word in words)])
    assert (2, False) == (done.exit_code, SECRET in done.output)


def test_the_home_may_be_named_as_for_every_command(shell: Shell) -> None:
    assert shell.run("store", "copy", f"sqlite:///{shell.home}/new.db").exit_code == 0
    assert "uses already" in sentence(shell.run("store", "copy", "sqlite:///picketline.db"))


def test_a_copy_that_was_stopped_says_how_to_go_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_what: str, _count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("node.cli.stores._told", stop)
    done = shell.copy("sqlite:///new.db")
    assert (130, True) == (done.exit_code, "goes on where it broke off" in done.stderr)


def test_a_database_that_is_not_there_is_first_of_all_a_wrong_setting(shell: Shell, url: str) -> None:
    shell.use(url)
    assert "`store` setting in picketline.toml names the right one" in sentence(shell.run("campaign", "list"))
    findings = json.loads(shell.run("check", "--json").stdout)["findings"]
    assert ["store"] == [row["what"] for row in findings]


def test_beside_others_at_work_on_the_store_nobody_is_told_to_wait_for_a_server(bare: Shell, url: str) -> None:
    async def work() -> None:
        store, now = await open_store(url), utc_now()
        worker = Process(id="w", kind="worker", version=VERSION, started_at=now, seen_at=now)
        await store.save_process(worker, gone_before=now)
        await store.close()

    assert bare.init("--store", url).exit_code == 0
    waits = "others get this when `picketline serve` runs"
    assert waits in bare.run("campaign", "add", "strike", "--name", "Strike").stderr
    asyncio.run(work())
    assert waits not in bare.run("campaign", "add", "picket", "--name", "Picket").stderr


PASSWORD = f"{SECRET}@:/?#%[]"
"""With every letter that means something else in an address."""


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[MongoServer]:
    """A server that asks for a password; its user is made before it does."""
    folder = tmp_path / "server"
    folder.mkdir()
    for flags in ((), ("--auth",)):
        server = MongoServer(f"mongodb://127.0.0.1:{(port := free_port())}/")
        process = start(folder, port, *flags)
        try:
            if flags:
                yield server
            else:
                _make_user(server)
        finally:
            process.terminate()
            process.wait()


def _make_user(server: MongoServer) -> None:
    with server.client() as client:
        roles = [{"role": "root", "db": "admin"}]
        client["admin"].command("createUser", "union", pwd=PASSWORD, roles=roles)


def _with(server: MongoServer, database: str, user: str, password: str) -> str:
    parts = urlsplit(server.url(database))
    signed = f"{user}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit(parts._replace(netloc=signed, query="authSource=admin"))


def test_passwords_wrong_and_odd(bare: Shell, secured: MongoServer) -> None:
    right = _with(secured, "koreno", "union", PASSWORD)
    assert bare.init("--store", right).exit_code == 0
    assert bare.json("charter", "show")["union"]
    wrong = _with(secured, "koreno", "union", f"{SECRET}-no")
    for refused in (wrong, secured.url("koreno")):
        bare.use(refused)
        assert "user or the password" in sentence(bare.run("campaign", "list"))
    bare.use(wrong.replace(f"{SECRET}-no", f"{SECRET}/@:"))
    assert "percent-encoded" in sentence(bare.run("campaign", "list"))


def test_init_with_a_wrong_password_makes_nothing(bare: Shell, secured: MongoServer) -> None:
    assert "user or the password" in sentence(bare.init("--store", _with(secured, "koreno", "union", SECRET)))
    assert not bare.home.exists()


def test_a_server_that_stands_alone_is_refused(bare: Shell, shell_file: Shell) -> None:
    with mongo_server("--standalone") as server:
        assert "stands alone" in sentence(bare.init("--store", server.url("koreno")))
        assert "stands alone" in sentence(shell_file.copy(server.url("koreno")))
    assert not bare.home.exists()


@pytest.fixture
def shell_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    (tmp_path / "other").mkdir()
    other = Shell(tmp_path / "other")
    assert other.init().exit_code == 0
    return other


def test_a_server_that_is_not_there_is_told(bare: Shell, shell_file: Shell) -> None:
    gone = f"mongodb://union:{SECRET}@127.0.0.1:{free_port()}/koreno?serverSelectionTimeoutMS=200"
    assert "in the store's address are right" in sentence(bare.init("--store", gone))
    assert "does not answer" in sentence(bare.init("--store", gone))
    assert "does not answer" in sentence(shell_file.copy(gone))
    shell_file.use(gone)
    assert "does not answer" in sentence(shell_file.run("campaign", "list"))


@pytest.mark.parametrize("rest", ["", "/", "/?replicaSet=rs0", "/my.union", "/a$b", "/노조", "/" + "x" * 64, "/a%2Fb"])
def test_no_database_and_odd_databases_are_refused_before_anything_is_made(bare: Shell, rest: str) -> None:
    told = sentence(bare.init("--store", f"mongodb://union:{SECRET}@db.example{rest}"))
    assert ("names no database" in told) != ("names a database with letters" in told)
    assert not bare.home.exists()


def test_a_database_of_another_program_is_refused_and_untouched(bare: Shell, shell: Shell, mongo: MongoServer) -> None:
    name = mongo.new_database()
    with mongo.client() as client:
        client[name]["bookmarks"].insert_one({"_id": 1})
        assert "another program" in sentence(shell.copy(mongo.url(name)))
        shell.use(mongo.url(name))
        assert "another program" in sentence(shell.run("campaign", "list"))
        assert ["bookmarks"] == client[name].list_collection_names()
    mongo.forget(name)


def test_a_newer_schema_is_refused_and_untouched(bare: Shell, url: str, mongo: MongoServer) -> None:
    assert bare.init("--store", url).exit_code == 0
    with mongo.client() as client:
        schema = client[urlsplit(url).path[1:]]["schema"]
        schema.update_one({"_id": "version"}, {"$set": {"number": 999}})
        assert "newer release" in sentence(bare.run("campaign", "list"))
        assert 999 == (schema.find_one({"_id": "version"}) or {})["number"]


def test_check_works_through_a_home_on_mongodb(bare: Shell, url: str) -> None:
    assert bare.init("--store", url).exit_code == 0
    done = bare.run("check", "--json")
    findings = {row["what"]: row for row in json.loads(done.stdout)["findings"]}
    assert ("ok", True) == (findings["store"]["level"], "in MongoDB" in findings["store"]["says"])
    assert url not in done.output
