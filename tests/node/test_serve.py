"""`serve` as a real process: ready, busy, stopped; and commands through its socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

PICKETLINE = (sys.executable, "-m", "node")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PICKETLINE, "--home", str(home), *words], capture_output=True, text=True, check=False)


def document(home: Path, *words: str) -> Any:
    done = run(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def serving(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*PICKETLINE, "--home", str(home), "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A long path, with a space and letters from elsewhere: a Unix socket's own name would not fit."""
    folder = tmp_path / ("오 " + "x" * 100)
    folder.mkdir()
    home = folder / "home"
    url = f"http://127.0.0.1:{free_port()}"
    made = run(
        home, "init", "--name", "K", "--url", url, "--kit", str(tmp_path / "kit"), "--no-kit-passphrase", "--dev"
    )
    assert made.returncode == 0, made.stderr
    return home


def test_commands_go_through_the_running_node_and_stand_after_it(home: Path) -> None:
    with serving(home) as process:
        post = document(home, "post", "union", "We walked out")
        assert (home / "control.sock").stat().st_mode & 0o777 == 0o600
        refused = run(home, "post", "nobody", "words")
        assert (refused.returncode, "There is no campaign" in refused.stderr) == (1, True)
    assert process.returncode == 0
    assert not (home / "control.sock").exists()
    assert document(home, "edit", post["id"], "We are 110")["index"] == post["index"] + 1


def test_a_second_node_on_the_same_home_is_refused_with_a_sentence(home: Path) -> None:
    with serving(home):
        second = run(home, "serve", "--listen", f"127.0.0.1:{free_port()}")
        assert (second.returncode, second.stderr.startswith("picketline: Another process")) == (1, True)
        assert document(home, "campaign", "list")


def test_a_busy_port_is_one_sentence(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(home, "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 1
    assert "cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_socket_left_by_a_crash_harms_nobody(home: Path) -> None:
    with serving(home) as process:
        process.kill()
        process.wait()
    assert (home / "control.sock").exists()
    assert document(home, "campaign", "list")
    with serving(home):
        assert document(home, "campaign", "list")


def test_a_stop_is_clean_and_its_log_holds_no_address_of_a_client(home: Path) -> None:
    with serving(home) as process:
        url = document(home, "campaign", "list")[0]["url"]
        asked = Request(url, headers={"User-Agent": "planted-agent/1"})  # noqa: S310  loopback
        assert urlopen(asked).status == 200  # noqa: S310
        os.kill(process.pid, signal.SIGINT)
        _, log = process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in log
    assert "planted-agent" not in log
