"""The address of a store may hold a password: no command, log or stack shows it, whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.test_serve import free_port, run

_WRONG = (
    "mongodb://us:hunter2@127.0.0.1:port/koreno",
    "mongodb://us:hunter2@127.0.0.1:1/koreno?replicaSet=rs&serverSelectionTimeoutMS=10",
    "mysql://us:hunter2@127.0.0.1/koreno",
)


@pytest.fixture(scope="module")
def one_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("password")
    url, kit = f"http://127.0.0.1:{free_port()}", str(folder / "kit")
    made = run(folder / "home", "init", "--name", "K", "--url", url, "--kit", kit, "--no-kit-passphrase", "--dev")
    assert made.returncode == 0, made.stderr
    return folder / "home"


@pytest.mark.parametrize("store", _WRONG)
@pytest.mark.parametrize("words", [("serve",), ("worker",), ("check", "--json")])
def test_no_output_holds_the_password(
    one_home: Path, monkeypatch: pytest.MonkeyPatch, store: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PICKETLINE_STORE", store)
    monkeypatch.setenv("PICKETLINE_LOG_LEVEL", "debug")
    done = run(one_home, *words)
    said = done.stdout + done.stderr
    assert (1, False, False) == (done.returncode, "hunter2" in said, "Traceback" in said)
    assert "store" in said or "database" in said or "server" in said
