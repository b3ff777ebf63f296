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
from urllib.error import HTTPError
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
        first = process.stdout.readline()
        assert "listening on" in first, process.communicate()[1]
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


def test_a_busy_port_for_operators_names_its_own_setting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        monkeypatch.setenv("PICKETLINE_OPERATORS_LISTEN", f"127.0.0.1:{busy.getsockname()[1]}")
        refused = run(home, "serve")
    assert (1, True) == (refused.returncode, "another address in `operators_listen`." in refused.stderr)


def test_five_mistakes_in_the_settings_are_five_sentences_to_serve_and_to_check(home: Path) -> None:
    mistakes = [
        'lisen = "127.0.0.1:1"',
        "in_flight = 0",
        'trusted_proxies = "everybody"',
        'log_format = "xml"',
        'operators_listen = "0.0.0.0:8029"',
    ]
    with (home / "picketline.toml").open("a") as file:
        file.write("\n".join(mistakes))
    served = run(home, "serve")
    assert (served.returncode, served.stdout) == (1, "")
    looked = run(home, "check", "--json")
    findings = json.loads(looked.stdout)["findings"]
    assert looked.returncode == 1
    assert [(one["what"], one["level"], bool(one["do"])) for one in findings] == [("settings", "fail", True)] * 5
    assert served.stderr.removeprefix("picketline: ").splitlines() == [one["says"] for one in findings]
    assert sum("picketline.toml, line " in one["says"] for one in findings) == 5
    assert "Did you mean `listen`?" in served.stderr


def test_operators_have_a_listener_of_their_own_when_they_ask_for_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PICKETLINE_OPERATORS_LISTEN", private.removeprefix("http://"))
    with serving(home):
        assert urlopen(f"{private}/-/live").read() == b"alive\n"  # noqa: S310  loopback
        assert urlopen(f"{private}/-/ready").read() == b"ready\n"  # noqa: S310
        text = urlopen(f"{private}/-/metrics").read().decode()  # noqa: S310
    assert '\npicketline_log_behind{reader="pages"} 0.0\n' in text
    assert "aiohttp" not in text


def test_json_logs_are_one_object_a_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKETLINE_LOG_FORMAT", "json")
    monkeypatch.setenv("PICKETLINE_LOG_LEVEL", "debug")
    with serving(home) as process:
        url = document(home, "campaign", "list")[0]["url"].partition("/@")[0]
        unsigned = Request(f"{url}/inbox", b"{}", {"Content-Type": "application/activity+json", "Signature": "x"})  # noqa: S310
        with pytest.raises(HTTPError):
            urlopen(unsigned)  # noqa: S310
        os.kill(process.pid, signal.SIGTERM)
        _, log = process.communicate()
    (line,) = [json.loads(line) for line in log.splitlines()]
    assert (line["level"], line["event"], line["status"]) == ("info", "refused", 401)


def test_without_the_strict_parser_nothing_is_served_and_check_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOHTTP_NO_EXTENSIONS", "1")
    refused = run(home, "serve")
    assert (1, "") == (refused.returncode, refused.stdout)
    assert refused.stderr.startswith("picketline: aiohttp runs without its C extensions, so requests would be read")
    assert "Traceback" not in refused.stderr
    looked = run(home, "check", "--json")
    (found,) = [one for one in json.loads(looked.stdout)["findings"] if one["what"] == "parts"]
    assert (1, "fail") == (looked.returncode, found["level"])
    assert "Unset AIOHTTP_NO_EXTENSIONS" in found["says"]


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


def test_a_stop_that_hangs_is_cut_short() -> None:
    """As when a name is being looked up that nobody answers for: such a thread cannot be called back."""
    hangs = (
        "import threading; from node import running; running._LAST_SECONDS = 0.1;"
        " threading.Thread(target=threading.Event().wait).start(); running.end_soon()"
    )
    done = subprocess.run([sys.executable, "-c", hangs], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "was cut short" in done.stderr) == (0, True)
