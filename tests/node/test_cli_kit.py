"""What the kit signs on the command line: a new charter, a retraction; and only with its passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.kit import Kit, read_kit
from tests.node.shell import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.delenv("PICKETLINE_HOME", raising=False)
    made, words = Shell(tmp_path), tmp_path / "words"
    words.write_text("four unrelated words here\n")
    assert 0 == made.init("--kit-passphrase-file", str(words)).exit_code
    return made


def options(shell: Shell, words: str = "words") -> list[str]:
    return ["--kit", str(shell.kit), "--kit-passphrase-file", str(shell.folder / words)]


def root_of(shell: Shell) -> bytes:
    kit: Kit = read_kit(shell.kit, "four unrelated words here")
    return kit.root_key.private_bytes_raw()


def test_a_charter_is_renewed_and_shown_and_the_kit_leaves_no_trace(shell: Shell) -> None:
    renewed = shell.json("charter", "renew", *options(shell))
    assert (2, {"size": 1}) == (renewed["epoch"], {"size": renewed["after"]["size"]})
    shown = shell.json("charter", "show")
    assert [(2, 1), (1, 0)] == [(row["epoch"], row["after"]) for row in shown["charters"]]
    assert (renewed["digest"], []) == (shown["charters"][0]["digest"], shown["against"])
    assert "Epoch 2: Koreno" in shell.run("charter", "show").stdout
    root = root_of(shell)
    assert [] == [path for path in shell.home.rglob("*") if path.is_file() and root in path.read_bytes()]
    assert 0 == shell.run("campaign", "add", "strike", "--name", "Strike").exit_code
    assert 3 == shell.json("charter", "renew", *options(shell))["epoch"]


def test_an_update_is_retracted_with_the_kit_and_again_it_is_no_mistake(shell: Shell) -> None:
    shell.run("campaign", "add", "strike", "--name", "Strike")
    id = shell.json("post", "strike", "A name that endangers somebody")["id"]
    first = shell.json("retract", id, *options(shell))
    assert (id, [], 4) == (first["id"], first["mirrors"], first["size"])
    again = shell.json("retract", id, *options(shell))
    assert {"id": id, "mirrors": []} == again
    assert "not reached" not in shell.run("retract", id, *options(shell)).stdout
    assert "no update" in shell.refused("retract", f"{id}0", *options(shell))


@pytest.mark.parametrize("command", [("charter", "renew"), ("retract", "1")])
def test_without_its_passphrase_or_with_another_unions_kit_nothing_is_signed(
    shell: Shell, command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("four other words here\n")
    assert "passphrase" in shell.refused(*command, *options(shell, "wrong"))
    other = Shell(tmp_path / "other")
    other.folder.mkdir()
    assert 0 == other.init("--no-kit-passphrase").exit_code
    assert "another union" in shell.refused(*command, "--kit", str(other.kit))
    assert 1 == len(shell.json("charter", "show")["charters"])
