"""The control socket: every question gets an answer, and what was begun ends before the store closes."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientSession, UnixConnector, web

from federation.strictjson import JsonObject, JsonValue
from node.context import Node
from node.control import client
from node.control.client import SOCKET_NAME, Away, Interrupted, NotRunning, call
from node.control.server import build_control
from node.refusal import Refusal

NODE = cast(Node, SimpleNamespace())
"""The commands of these tests ask nothing of it."""


@asynccontextmanager
async def control(home: Path, *, grace: timedelta = timedelta(seconds=5)) -> AsyncIterator[ClientSession]:
    """The server behind its socket, and a session that asks it as anybody might."""
    runner = web.AppRunner(build_control(NODE, grace=grace), shutdown_timeout=0.01)
    await runner.setup()
    await web.UnixSite(runner, str(home / SOCKET_NAME)).start()
    try:
        async with ClientSession(connector=UnixConnector(str(home / SOCKET_NAME))) as session:
            yield session
    finally:
        await runner.cleanup()


async def ask(session: ClientSession, command: str, body: bytes) -> Any:
    async with session.post(f"http://node/{command}", data=body) as answer:
        return await answer.json()


@pytest.mark.parametrize(
    ("command", "body", "says"),
    [
        ("post", b"not JSON", "no JSON object"),
        ("post", b"[1]", "no JSON object"),
        ("post", b"", "no JSON object"),
        ("post", b"\xff", "no JSON object"),
        ("post", b'{"handle": "strike", "text": "out"}', "lacks its 'serial'"),
        ("follow", b'{"address": 7}', "lacks its 'address'"),
        ("knit", b"{}", "no command “knit”"),
    ],
)
async def test_what_cannot_be_understood_is_refused_with_a_sentence(
    tmp_path: Path, command: str, body: bytes, says: str
) -> None:
    async with control(tmp_path) as session:
        answer = await ask(session, command, body)
    assert ["refused"] == list(answer)
    assert says in answer["refused"]


@pytest.mark.parametrize("around", ["", " "])
async def test_a_refusal_repeats_only_the_beginning_of_a_long_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    async def refuse(_name: str, params: JsonObject, _node: Node) -> JsonValue:
        raise Refusal(f"There is no campaign “{str(params['handle']).strip()}” here. See `picketline campaign list`.")

    monkeypatch.setattr("node.commands.run_command", refuse)
    async with control(tmp_path) as session:
        body = json.dumps({"handle": around + "x" * 100_000 + around, "other": 7, "short": "x"}).encode()
        answer = await ask(session, "post", body)
    said = f"There is no campaign “{'x' * 200}…” here. See `picketline campaign list`."
    assert answer == {"refused": said}


async def test_a_refusal_without_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_name: str, _params: JsonObject, _node: Node) -> JsonValue:
        raise Refusal("No. " * 10_000)

    monkeypatch.setattr("node.commands.run_command", refuse)
    async with control(tmp_path) as session:
        assert len((await ask(session, "post", b"{}"))["refused"]) == 2001


async def test_a_slip_inside_an_action_is_not_told_as_a_missing_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slip(_name: str, _params: JsonObject, _node: Node) -> JsonValue:
        raise KeyError("serial")

    monkeypatch.setattr("node.commands.run_command", slip)
    async with control(tmp_path) as session:
        answer = await ask(session, "post", b"{}")
    assert ["refused"] == list(answer)
    assert "The node made a mistake" in answer["refused"]


async def test_more_than_the_node_takes_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with control(tmp_path):
        with pytest.raises(Refusal, match="more than the 4 MiB"):
            await asyncio.to_thread(call, tmp_path, "post", {"text": "x" * (6 * 1024 * 1024)})


class Slow:
    """A command that ends when told, and whether it did."""

    def __init__(self) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.ended: list[str] = []

    async def __call__(self, _name: str, _params: JsonObject, _node: Node) -> JsonValue:
        self.begun.set()
        try:
            await self.go_on.wait()
            self.ended.append("done")
        except asyncio.CancelledError:
            self.ended.append("broken off")
            raise
        return {}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    command = Slow()
    monkeypatch.setattr("node.commands.run_command", command)
    return command


async def begin_and_go_away(session: ClientSession, slow: Slow) -> None:
    asking = asyncio.create_task(ask(session, "check", b"{}"))
    await slow.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_command_under_way_is_finished_before_the_store_closes(tmp_path: Path, slow: Slow) -> None:
    async with control(tmp_path) as session:
        await begin_and_go_away(session, slow)
        asyncio.get_running_loop().call_later(0.1, slow.go_on.set)
    assert slow.ended == ["done"]


async def test_a_command_that_does_not_end_is_broken_off(tmp_path: Path, slow: Slow) -> None:
    async with control(tmp_path, grace=timedelta(milliseconds=20)) as session:
        await begin_and_go_away(session, slow)
    assert slow.ended == ["broken off"]


@contextmanager
def answering(home: Path, answer: bytes | None) -> Iterator[None]:
    """A node that answers one question with these bytes; None: it hangs."""
    asked = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(home / SOCKET_NAME))
        listening.listen()

        def serve() -> None:
            taken, _ = listening.accept()
            with taken:
                if answer is None:
                    asked.wait()
                else:
                    while not taken.recv(65536).endswith(b"{}"):
                        continue
                    taken.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            asked.set()
            thread.join()


def http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_a_node_that_hangs_is_given_two_minutes(tmp_path: Path) -> None:
    assert timedelta(minutes=2) == client._PATIENCE
    with answering(tmp_path, None), pytest.raises(Refusal, match="did not answer within two minutes"):
        call(tmp_path, "check", {}, patience=timedelta(milliseconds=50))


@pytest.mark.parametrize("body", [b"404: Not Found", b"[]", b"{}"])
def test_an_answer_in_unknown_words_is_a_sentence(tmp_path: Path, body: bytes) -> None:
    with answering(tmp_path, http(body)), pytest.raises(Refusal, match="cannot be understood"):
        call(tmp_path, "check", {})


def test_an_answer_broken_off_leaves_it_open_what_happened(tmp_path: Path) -> None:
    with answering(tmp_path, http(b'{"done": 1}')[:-3]), pytest.raises(Interrupted):
        call(tmp_path, "check", {})


def test_an_answer_is_what_was_done_or_why_not(tmp_path: Path) -> None:
    with answering(tmp_path, http(b'{"done": [1]}')):
        assert call(tmp_path, "check", {}) == [1]
    (tmp_path / SOCKET_NAME).unlink()
    with answering(tmp_path, http(b'{"refused": "No."}')), pytest.raises(Refusal, match=r"^No\.$") as refused:
        call(tmp_path, "check", {})
    assert not isinstance(refused.value, Away)
    (tmp_path / SOCKET_NAME).unlink()
    with answering(tmp_path, http(b'{"refused": "No.", "away": true}')), pytest.raises(Away, match=r"^No\.$"):
        call(tmp_path, "check", {})


def test_without_a_socket_no_node_runs(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        call(tmp_path, "check", {})
