"""A home, its kit, its settings and its keys, as people meet them on the command line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from node.cli.root import picketline
from tests.node.shell import URL, Shell


def test_init_says_what_it_made(bare: Shell) -> None:
    made = bare.init("--no-kit-passphrase", "--json")
    document = json.loads(made.stdout)
    assert document["url"] == URL
    assert document["home"] == str(bare.home)
    assert document["kit"] == str(bare.kit)
    assert document["union"].startswith("did:key:z6Mk")
    assert len(document["fingerprint"].split()) == 8


def test_nothing_in_a_home_is_readable_by_others(shell: Shell) -> None:
    loose = [path for path in shell.home.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert loose == []
    assert stat.S_IMODE(shell.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(shell.kit.stat().st_mode) == 0o600


def test_a_kit_opens_with_its_passphrase_and_no_other(bare: Shell) -> None:
    right, wrong = bare.folder / "right", bare.folder / "wrong"
    right.write_text("four unrelated words here\n")
    wrong.write_text("four other words entirely\n")
    assert bare.init("--kit-passphrase-file", str(right)).exit_code == 0
    checked = bare.json("kit", "check", str(bare.kit), "--kit-passphrase-file", str(right))
    assert checked["ok"] is True
    assert "passphrase" in bare.refused("kit", "check", str(bare.kit), "--kit-passphrase-file", str(wrong))


def test_a_passphrase_is_asked_twice_and_a_short_one_is_refused(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.cli.passphrases._refuse_without_terminal", lambda: None)
    done = bare.run(
        "init", "--name", "K", "--url", URL, "--kit", str(bare.kit), "--dev", stdin="too short\ntoo short\n"
    )
    assert done.exit_code == 1
    assert "fewer than 12 characters" in done.stderr
    assert not bare.home.exists()
    assert not bare.kit.exists()


def test_without_a_terminal_a_passphrase_comes_from_a_file(bare: Shell) -> None:
    words = ("init", "--name", "K", "--url", URL, "--kit", str(bare.kit), "--dev")
    assert "--kit-passphrase-file" in bare.refused(*words, stdin="four unrelated words here\n" * 2)
    assert list(bare.folder.iterdir()) == []


def test_a_kit_of_another_union_is_told_apart(shell: Shell) -> None:
    other = Shell(shell.folder / "other")
    other.folder.mkdir()
    assert other.init("--no-kit-passphrase").exit_code == 0
    assert "another union" in shell.refused("kit", "check", str(other.kit))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("union.example", "such as https://union.example"),
        ("http://union.example", "http"),
        ("https://union.example/path", "https://union.example"),
        ("https://union.example/", "https://union.example"),
        ("ftp://union.example", "https://"),
        ("https://", "web address"),
    ],
)
def test_a_wrong_url_is_one_sentence_and_leaves_nothing(bare: Shell, url: str, says: str) -> None:
    words = ("init", "--name", "K", "--kit", str(bare.kit), "--no-kit-passphrase", "--url", url)
    assert says in bare.refused(*words)
    assert list(bare.folder.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("kit", "check"), ("charter", "renew", "--kit"), ("retract", f"{URL}/@strike/1", "--kit")]
)
def test_a_kit_that_this_account_may_not_read_is_one_sentence_with_what_to_do(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    may, open_file = os.access, Path.open

    def closed(path: Path, *given: Any, **more: Any) -> Any:
        if path == shell.kit:
            raise PermissionError(13, "Permission denied")
        return open_file(path, *given, **more)

    monkeypatch.setattr(
        os, "access", lambda path, mode, **more: str(path) != str(shell.kit) and may(path, mode, **more)
    )
    monkeypatch.setattr(Path, "open", closed)
    said = shell.refused(*words, str(shell.kit))
    assert said.startswith(f"The kit {shell.kit} cannot be read by the account that runs this command. Mount the stick")


def test_a_used_home_is_refused_and_stays_as_it_was(shell: Shell) -> None:
    before = sorted(path.name for path in shell.home.iterdir())
    done = shell.init("--no-kit-passphrase", "--kit", str(shell.folder / "second.kit"))
    assert done.exit_code == 1
    assert "never overwritten" in done.stderr
    assert sorted(path.name for path in shell.home.iterdir()) == before
    assert not (shell.folder / "second.kit").exists()


def test_a_kit_is_refused_inside_the_home_in_no_folder_and_over_another(bare: Shell) -> None:
    assert "whoever takes the server" in bare.init("--no-kit-passphrase", "--kit", str(bare.home / "kit")).stderr
    assert "no folder" in bare.init("--no-kit-passphrase", "--kit", str(bare.folder / "no" / "kit")).stderr
    bare.kit.write_text("something of mine")
    said = bare.init("--no-kit-passphrase").stderr
    assert ("never overwritten" in said, "brings no lost one back" in said) == (True, True)
    assert bare.kit.read_text() == "something of mine"
    assert not bare.home.exists()


def test_a_full_disk_leaves_nothing_half_made(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = bare.init("--no-kit-passphrase")
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    assert list(bare.folder.iterdir()) == []


def test_a_home_that_is_none_is_one_sentence(bare: Shell) -> None:
    assert "picketline init" in bare.refused("campaign", "list")
    (finding,) = json.loads(bare.run("check", "--json").stdout)["findings"]
    assert (finding["what"], "picketline init" in finding["says"], finding["do"]) == ("home", True, "")


def test_a_command_without_a_home_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PICKETLINE_HOME", raising=False)
    done = CliRunner().invoke(picketline, ["campaign", "list"])
    assert done.exit_code == 2
    assert "--home" in done.stderr


def test_the_home_may_come_from_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKETLINE_HOME", str(shell.home))
    done = CliRunner().invoke(picketline, ["campaign", "list", "--json"])
    assert {row["handle"] for row in json.loads(done.stdout)} == {"union@127.0.0.1:8199", "strike@127.0.0.1:8199"}


def test_five_mistakes_in_the_settings_are_told_at_once(shell: Shell) -> None:
    config = shell.home / "picketline.toml"
    text = config.read_text(encoding="utf-8")
    mistakes = 'in_flight = 0\nlanguage = "?"\nlisten = "nowhere"\nactor_type = "Robot"\nurll = "x"\n'
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("listen"))
    config.write_text(f"{mistakes}{kept}\n", encoding="utf-8")
    said = shell.refused("campaign", "list")
    assert [word for word in ("in_flight", "language", "listen", "actor_type", "urll") if word not in said] == []


def test_a_setting_given_twice_is_told_with_its_line(shell: Shell) -> None:
    with (shell.home / "picketline.toml").open("a", encoding="utf-8") as config:
        config.write("dev = true\n")
    assert "a setting is given a second time (at line " in shell.refused("campaign", "list")


def test_a_key_that_others_may_read_is_refused(shell: Shell) -> None:
    (shell.home / "keys/actors/strike/rsa.pem").chmod(0o644)
    assert "chmod 600" in shell.refused("post", "strike", "words")


def test_check_finds_a_missing_key_and_says_what_to_do(shell: Shell) -> None:
    (shell.home / "keys/actors/strike/ed25519.pem").unlink()
    done = shell.run("check", "--json")
    assert done.exit_code == 1
    findings = {row["what"]: row for row in json.loads(done.stdout)["findings"]}
    assert findings["keys"]["level"] == "fail"
    assert findings["keys"]["do"] != ""
    assert findings["store"]["level"] == "ok"


def test_charter_show_names_the_union(shell: Shell) -> None:
    document = shell.json("charter", "show")
    assert [row["epoch"] for row in document["charters"]] == [1]
    assert document["charters"][0]["homes"] == [URL]
