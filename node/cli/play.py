"""The story that `demo` tells: real processes, the real command line, nothing pretended."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from federation.strictjson import JsonValue
from node.cli.reading import member, rows, text

_PATIENCE_SECONDS: Final = 30.0
_LOOK_AGAIN_SECONDS: Final = 0.1


class PlayFailed(Exception):
    """A step of the story did not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One union of the story."""

    folder: Path
    url: str


class Play:
    """Starts the nodes, tells the steps, ends the nodes it started."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(timeout=15)

    def perform(self) -> tuple[str, ...]:
        """Tell the whole story; the addresses of pages worth opening. Raises `PlayFailed`."""
        first = self._open_union("koreno", "Koreno Workers' Union")
        second = self._open_union("harbour", "Harbour Union")
        self._command(first, "campaign", "add", "strike", "--name", "Strike at Koreno")
        self._tell("The Koreno union opened the campaign “Strike at Koreno”")
        self._follow(first, second)
        post = self._publish(first, second)
        self._change(first, second, post)
        kept = self._command(first, "post", "strike", "We are still here. #koreno")
        self._tell("A last update stays up, to look at")
        return (first.url, f"{first.url}/@strike", text(kept, "url"), second.url)

    def _follow(self, first: Home, second: Home) -> None:
        address = f"@strike@{first.url.removeprefix('http://')}"
        self._command(second, "follow", address)
        self._until("the Follow is accepted", lambda: self._is_following(second))
        self._tell(f"The Harbour union follows {address}: asked, signed, verified, accepted")

    def _publish(self, first: Home, second: Home) -> JsonValue:
        began = time.monotonic()
        post = self._command(first, "post", "strike", "We **walked out** at six this morning. #koreno")
        self._until("the post arrives", lambda: "walked out" in self._read(second, post))
        self._tell(f"A post arrived, its signature verified, {_since(began)} after the command")
        return post

    def _change(self, first: Home, second: Home, post: JsonValue) -> None:
        began = time.monotonic()
        self._command(first, "edit", text(post, "id"), "We **walked out** at six, and 110 of us stayed out. #koreno")
        self._until("the edit arrives", lambda: "110 of us" in self._read(second, post))
        self._tell(f"Its edit arrived, verified, after {_since(began)}")
        began = time.monotonic()
        self._command(first, "retract", text(post, "id"))
        self._until("the retraction arrives", lambda: self._read(second, post) == "")
        self._tell(f"Its retraction arrived, verified, after {_since(began)}: nothing of it is left on the other node")
        sent = rows(self._command(first, "deliveries", text(post, "id")))
        states = sorted({text(row, "state") for row in sent})
        self._tell(f"The sender knows it: {len(sent)} deliveries, {' and '.join(states)}")

    def _open_union(self, name: str, title: str) -> Home:
        port = _free_port()
        home = Home(folder=self._folder / name, url=f"http://127.0.0.1:{port}")
        kit = self._folder / f"{name}.kit"
        options = ("--name", title, "--url", home.url, "--kit", str(kit), "--no-kit-passphrase", "--dev")
        made = self._command(home, "init", *options)
        self._running.append(self._serve(home))
        self._tell(f"{title} runs at {home.url}")
        self._tell(f"    its fingerprint: {text(made, 'fingerprint')}")
        return home

    def _serve(self, home: Home) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{home.folder.name}.log").open("wb")
        with log:
            process = subprocess.Popen(  # noqa: S603
                [*_PICKETLINE, "--home", str(home.folder), "serve"], stdout=subprocess.PIPE, stderr=log
            )
        if process.stdout is None or not process.stdout.readline():
            process.wait()
            raise PlayFailed(f"the node of {home.url} did not start: {Path(log.name).read_text()}")
        return process

    def _command(self, home: Home, *words: str) -> JsonValue:
        ended = subprocess.run(  # noqa: S603
            [*_PICKETLINE, "--home", str(home.folder), "--json", *words], capture_output=True, check=False
        )
        if ended.returncode != 0:
            raise PlayFailed(ended.stderr.decode().strip())
        document: JsonValue = json.loads(ended.stdout)
        return document

    def _is_following(self, home: Home) -> bool:
        return any(text(row, "state") == "accepted" for row in rows(self._command(home, "following")))

    def _read(self, home: Home, post: JsonValue) -> str:
        """What the other union's timeline holds of a post; empty when nothing."""
        found = [row for row in rows(self._command(home, "timeline")) if text(row, "id") == text(post, "id")]
        return str(member(found[0], "content")) if found else ""

    def _until(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise PlayFailed(f"{what}: not within {_PATIENCE_SECONDS:.0f} seconds")
            time.sleep(_LOOK_AGAIN_SECONDS)


_PICKETLINE: Final = (sys.executable, "-m", "node")


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
