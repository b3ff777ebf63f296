"""What a story is played on: real processes, the real command line, nothing pretended."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from federation.strictjson import JsonValue
from node.cli.reading import text

_PATIENCE_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.1
_ANSWER_SECONDS: Final = 10.0
_PICKETLINE: Final = (sys.executable, "-m", "node")


class PlayFailed(Exception):
    """A step of the story did not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One union of the story."""

    folder: Path
    url: str
    name: str
    union: str
    """Its did."""
    fingerprint: str
    """The eight words that organisers compare by phone."""

    @property
    def domain(self) -> str:
        """The host, with its port."""
        return self.url.removeprefix("http://")


@dataclass(slots=True)
class Stage:
    """Starts the nodes, gives their commands, ends the nodes it started; `tell` hears what happens."""

    folder: Path
    tell: Callable[[str], None]
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(timeout=15)

    def open_union(self, name: str, title: str) -> Home:
        """A new home with its node running."""
        folder, url = self.folder / name, f"http://127.0.0.1:{_free_port()}"
        kit = self.folder / f"{name}.kit"
        options = ("--name", title, "--url", url, "--kit", str(kit), "--no-kit-passphrase", "--dev")
        made = self._run(folder, "init", *options)
        home = Home(
            folder=folder, url=url, name=title, union=text(made, "union"), fingerprint=text(made, "fingerprint")
        )
        self.serve(home)
        return home

    def serve(self, home: Home) -> None:
        """Start its node."""
        log = (self.folder / f"{home.folder.name}.log").open("ab")
        with log:
            process = subprocess.Popen(  # noqa: S603
                [*_PICKETLINE, "--home", str(home.folder), "serve"], stdout=subprocess.PIPE, stderr=log
            )
        if process.stdout is None or not process.stdout.readline():
            process.wait()
            raise PlayFailed(f"the node of {home.url} did not start: {Path(log.name).read_text()}")
        self._running[home.url] = process

    def stop(self, home: Home) -> None:
        """End its node as an admin does."""
        process = self._running.pop(home.url)
        process.terminate()
        process.wait(timeout=15)

    def kill(self, home: Home) -> None:
        """Its host is gone from one moment to the next."""
        process = self._running.pop(home.url)
        process.kill()
        process.wait()

    def command(self, home: Home, *words: str) -> JsonValue:
        """What a command answers; `PlayFailed` with its sentence when it is refused."""
        return self._run(home.folder, *words)

    def is_refused(self, home: Home, *words: str) -> bool:
        """Whether a command finds fault."""
        return self._end(home.folder, *words).returncode == 1

    def fetch(self, url: str, *, accept: str = "text/html") -> bytes:
        """What a reader gets; empty when there is nothing."""
        request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310  our own nodes
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
                body: bytes = answer.read()
        except (urllib.error.URLError, OSError):
            return b""
        return body

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait for something to happen; `PlayFailed` when it does not."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise PlayFailed(f"{what}: not within {_PATIENCE_SECONDS:.0f} seconds")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _run(self, home: Path, *words: str) -> JsonValue:
        ended = self._end(home, *words)
        if ended.returncode != 0:
            raise PlayFailed(ended.stderr.decode().strip())
        document: JsonValue = json.loads(ended.stdout)
        return document

    def _end(self, home: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603
            [*_PICKETLINE, "--home", str(home), "--json", *words], capture_output=True, check=False
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
