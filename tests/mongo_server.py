"""A MongoDB wire server of the tests' own, or the replica set that `PICKETLINE_TEST_MONGO_URI` names.

SecantusDB speaks the protocol on a real socket, with transactions, failpoints and a played step-down; it is a process
apart. A server that does not start is a failure, never a skip.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from storage.mongo.schema import COUNTERS, SCHEMA, STEPS, our_names

_OPTIONS: Final = "serverMonitoringMode=poll&heartbeatFrequencyMS=500"
"""A played step-down is then seen in half a second instead of ten."""
_START_SECONDS: Final = 30
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108  a folder of a random name in it
_PLENTY: Final = 4 * 2**30
_MOST_TAKEN: Final = 500
"""Documents: a database that had more is not lent again, lest the server looks at what was there."""


@dataclass(frozen=True, slots=True)
class MongoServer:
    """Where it answers; `process` is None for one that is not ours."""

    uri: str
    process: subprocess.Popen[bytes] | None = None
    _spare: list[str] = field(default_factory=list)
    """Databases that tests gave back, with what is in them."""
    _faults: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        """The address of a store on it."""
        parts = urlsplit(self.uri)
        return urlunsplit(parts._replace(path=f"/{database}"))

    @contextmanager
    def client(self) -> Iterator[MongoClient[dict[str, Any]]]:
        """A plain client, to look behind the store's back."""
        client: MongoClient[dict[str, Any]] = MongoClient(self.uri)
        try:
            yield client
        finally:
            client.close()

    def new_database(self) -> str:
        """A name nobody used."""
        return f"picketline_test_{secrets.token_hex(6)}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """One that nobody used, or a store that is as empty as a new one: to make one costs ten times as much."""
        name, faults = self._lend(), len(self._faults)
        yield name
        if len(self._faults) == faults:
            self._spare.append(name)
        else:
            self.forget(name)

    def _lend(self) -> str:
        """The one that rested longest, emptied only now: what a process asked before it was killed may come late."""
        while self._spare:
            if self._empty(name := self._spare.pop(0)):
                return name
            self.forget(name)
        return self.new_database()

    def note_fault(self, what: str) -> None:
        """A fault is played: what was asked meanwhile may be done later, in databases that nobody must get then."""
        self._faults.append(what)

    def _empty(self, name: str) -> bool:
        """Take everything out of a store; False where there is none, or more was in it than a small store has."""
        with self.client() as client:
            database = client[name]
            database[SCHEMA].delete_many({"_id": {"$ne": "version"}})
            if database[SCHEMA].find_one() != {"_id": "version", "number": len(STEPS)}:
                return False
            if database["counters"].count_documents({}) != len(COUNTERS):
                return False
            database["counters"].update_many({"last": {"$ne": 0}}, {"$set": {"last": 0}})
            names = set(database.list_collection_names())
            taken = [database[other].delete_many({}).deleted_count for other in names - {SCHEMA, "counters"}]
            return names <= our_names() and sum(taken) <= _MOST_TAKEN

    def forget_spare(self) -> None:
        """Drop the databases that wait for another test."""
        while self._spare:
            self.forget(self._spare.pop())

    def forget(self, database: str) -> None:
        """Drop a database."""
        with self.client() as client:
            client.drop_database(database)


@dataclass(slots=True)
class Mortal:
    """A server of ours that can be killed, and started again on what it had on disk."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> MongoServer:
        """Where it answers while it lives."""
        return MongoServer(f"mongodb://127.0.0.1:{self.port}/?{_OPTIONS}")

    def live(self) -> None:
        """Start it, and wait until it answers."""
        self.process = start(self.folder, self.port, "--sync-on-commit")
        _wait_for(self.server, self.folder)

    def die(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def mortal_server(folder: Path) -> Iterator[Mortal]:
    """A living server on a folder."""
    folder.mkdir()
    mortal = Mortal(folder, free_port())
    mortal.live()
    try:
        yield mortal
    finally:
        mortal.die()


@contextmanager
def mongo_server(*flags: str) -> Iterator[MongoServer]:
    """The server for the whole run of one worker; `flags` are SecantusDB's."""
    given = os.environ.get("PICKETLINE_TEST_MONGO_URI")
    if given:
        server = MongoServer(given)
        yield server
        server.forget_spare()
        return
    folder = Path(tempfile.mkdtemp(prefix="mongo-", dir=_memory()))
    port = free_port()
    process = start(folder, port, *flags)
    try:
        server = MongoServer(f"mongodb://127.0.0.1:{port}/?{_OPTIONS}", process)
        _wait_for(server, folder)
        yield server
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """Memory that looks like a disk, where there is plenty: nobody's data is here, and a disk would be waited for."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _PLENTY:
        return _SHARED_MEMORY
    return None


def start(folder: Path, port: int, *flags: str) -> subprocess.Popen[bytes]:
    """Start SecantusDB on a folder; whoever starts it ends it."""
    command = [
        str(Path(sys.executable).with_name("secantusd-py")), "--host", "127.0.0.1", "--port", str(port),
        "--storage-path", str(folder / "data"), "--log-level", "ERROR", "--enable-test-commands", *flags,
    ]  # fmt: skip
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def free_port() -> int:
    """A port of the loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: MongoServer, folder: Path) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(server.uri, serverSelectionTimeoutMS=_START_SECONDS * 1000)
    with contextlib.closing(client):
        try:
            client.admin.command("ping")
        except PyMongoError as error:
            log = (folder / "log").read_text(errors="replace")
            raise RuntimeError(f"The MongoDB server of the tests did not start:\n{log}") from error
