"""The command line as people and scripts use it: documents, sentences and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from node.cli.root import picketline
from node.cli.session import printable
from storage.backends import open_store
from storage.ids import ObjectId
from tests.storage.making import a_remote_post, a_report

URL = "http://127.0.0.1:8199"


class Shell:
    """Runs `picketline` with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.kit = folder / "union.kit"

    def run(self, *words: str, stdin: bytes | str | None = None) -> Result:
        return CliRunner().invoke(picketline, ["--home", str(self.home), *words], input=stdin)

    def init(self, *more: str) -> Result:
        given = {"--name": "Koreno", "--url": URL, "--kit": str(self.kit)}
        options = [word for name, value in given.items() if name not in more for word in (name, value)]
        return self.run("init", *options, "--dev", *more)

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str, stdin: bytes | str | None = None) -> str:
        """The one sentence on stderr of a command that is refused with exit 1."""
        done = self.run(*words, stdin=stdin)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        assert done.stderr.startswith("picketline: ")
        assert "Traceback" not in done.stderr
        return done.stderr.removeprefix("picketline: ").strip()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.delenv("PICKETLINE_HOME", raising=False)
    return Shell(tmp_path)


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """A union that was set up, with a campaign."""
    assert bare.init("--no-kit-passphrase").exit_code == 0
    bare.json("campaign", "add", "strike", "--name", "Strike at Koreno")
    return bare


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
    assert "never overwritten" in bare.init("--no-kit-passphrase").stderr
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


@pytest.mark.parametrize(
    "words", [("knit",), ("post", "strike"), ("post",), ("campaign",), ("post", "strike", "a", "--file", "b")]
)
def test_wrong_usage_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run(*words).exit_code == 2


def test_no_line_of_a_list_of_commands_is_cut_short() -> None:
    context = click.Context(picketline)
    commands = {name: picketline.get_command(context, name) for name in picketline.list_commands(context)}
    groups = [[name] for name, one in commands.items() if isinstance(one, click.Group)]
    assert ["block"] in groups
    for words in ([], *groups):
        said = CliRunner().invoke(picketline, [*words, "--help"], terminal_width=80).stdout
        assert [line for line in said.splitlines()[1:] if line.endswith("...")] == []


def test_post_edit_and_retract_give_the_documents_scripts_rely_on(shell: Shell) -> None:
    post = shell.json("post", "strike", "We walked out")
    assert post["id"].startswith(f"{URL}/objects/")
    assert post["activity"].startswith(f"{URL}/activities/")
    assert post["url"].startswith(f"{URL}/@strike/")
    assert (post["index"], post["size"]) == (2, 3)
    edited = shell.json("edit", post["url"], "We are 110")
    assert (edited["id"], edited["size"]) == (post["id"], 4)
    assert edited["activity"] != post["activity"]
    assert shell.json("retract", post["id"])["size"] == 5
    assert "was retracted" in shell.refused("edit", post["id"], "too late")


def test_an_edit_keeps_what_it_does_not_name(shell: Shell) -> None:
    post = shell.json("post", "strike", "We **walked out**", "--lang", "de")
    assert shell.run("edit", post["id"]).exit_code == 2
    shell.json("edit", post["id"], "--warning", "blood")
    assert "exactly that already" in shell.refused("edit", post["id"], "We **walked out**", "--warning", "blood")
    assert "exactly that already" in shell.refused("edit", post["id"], "--lang", "de")
    assert "empty" in shell.refused("edit", post["id"], "")


def test_a_text_that_begins_with_a_dash_is_told_where_to_go(shell: Shell) -> None:
    done = shell.run("post", "strike", "- first")
    assert (done.exit_code, "stands last, after --" in done.stderr) == (2, True)
    assert shell.run("post", "strike", "--", "- first").exit_code == 0


def test_a_text_comes_from_a_file_or_standard_input(shell: Shell) -> None:
    file = shell.folder / "update.md"
    file.write_text("# 파업\n\n우리는 나왔다.\n", encoding="utf-8")
    assert shell.json("post", "strike", "--file", str(file), "--lang", "ko")["size"] == 3
    assert shell.run("post", "strike", "--file", "-", stdin="from a pipe").exit_code == 0


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (("post", "nobody", "words"), None, "There is no campaign"),
        (("post", "strike", "  "), None, "is empty"),
        (("post", "strike", "x" * 40_001), None, "Shorten it"),
        (("post", "strike", "--file", "/does/not/exist"), None, "cannot be read"),
        (("post", "strike", "--file", "-"), b"\xff\xfe", "not UTF-8"),
        (("post", "strike", "words", "--lang", "Korean!"), None, "language tag"),
        (("edit", "17", "words"), None, "There is no update"),
        (("retract", "https://elsewhere.example/1"), None, "There is no update"),
        (("deliveries", "nonsense"), None, "no update or activity"),
        (("campaign", "add", "Strike!", "--name", "x"), None, "cannot be a handle"),
        (("campaign", "add", "log", "--name", "x"), None, "taken by the node itself"),
        (("campaign", "add", "strike", "--name", "x"), None, "already"),
        (("campaign", "edit", "nobody", "--name", "x"), None, "There is no campaign"),
        (("campaign", "add", "new", "--name", " "), None, "A name"),
        (("comments", "nonsense"), None, "There is no update"),
        (("comments", "approve", "https://nobody.example/1"), None, "There is no reply"),
        (("comments", "hide", "nonsense"), None, "There is no reply"),
        (("unfollow", "https://nobody.invalid/x"), None, "cannot be found"),
        (("follow", "nonsense"), None, "cannot be found"),
        (("followers", "approve", "https://nobody.example/x"), None, "waits for approval"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    shell: Shell, words: tuple[str, ...], stdin: bytes | None, says: str
) -> None:
    before = shell.json("campaign", "list")
    assert says in shell.refused(*words, stdin=stdin)
    assert shell.json("campaign", "list") == before


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


def test_reports_are_read_aloud(shell: Shell) -> None:
    assert shell.run("reports").stdout == "Nobody has reported anything.\n"

    async def keep() -> None:
        store = await open_store(f"sqlite:///{shell.home}/picketline.db")
        await store.add_report(a_report(1))
        await store.add_report(a_report(2, text=""))
        await store.close()

    asyncio.run(keep())
    said = shell.run("reports").stdout
    for words in ("Spam, they say.", "(no reason given)", *(f"about {id}" for id in a_report().objects)):
        assert words in said
    assert [a_report(2).id, a_report(1).id] == [row["id"] for row in shell.json("reports")]


def test_nobody_replied_yet(shell: Shell) -> None:
    assert shell.json("comments") == []
    assert shell.run("comments").stdout == "Nobody has replied yet.\n"


def test_a_reply_is_read_aloud_with_its_state_and_approved(shell: Shell) -> None:
    update = shell.json("post", "strike", "words")
    on = ObjectId(update["id"])
    note = {"in_reply_to": on, "comment_on": on, "comment_state": "held", "in_timeline": False}

    async def keep() -> None:
        store = await open_store(f"sqlite:///{shell.home}/picketline.db")
        await store.save_remote_post(a_remote_post(1, **note, warning="loud"))
        await store.save_remote_post(a_remote_post(2, **note, is_public=False))
        await store.close()

    asyncio.run(keep())
    said = shell.run("comments", update["url"]).stdout
    for words in ("(held)", "(held, not public)", "Warning: loud", "Solidarity", a_remote_post(1).id):
        assert words in said
    assert f"Shown below {on}\n" == shell.run("comments", "approve", a_remote_post(1).id).stdout
    assert "not written to everybody" in shell.refused("comments", "approve", a_remote_post(2).id)
    assert f"Hidden: {a_remote_post(2).id}\n" == shell.run("comments", "hide", a_remote_post(2).id).stdout
    assert ["hidden", "shown"] == [row["state"] for row in shell.json("comments", on)]


def test_charter_show_names_the_union(shell: Shell) -> None:
    document = shell.json("charter", "show")
    assert [row["epoch"] for row in document["charters"]] == [1]
    assert document["charters"][0]["homes"] == [URL]


def test_words_of_strangers_cannot_command_a_terminal() -> None:
    assert printable("a\x1b[2Jb\x07\n\u202ec") == "a�[2Jb�\n�c"


def test_rebuild_says_what_it_compared(shell: Shell) -> None:
    shell.json("post", "strike", "We walked out")
    said = shell.run("rebuild")
    assert 0 == said.exit_code
    assert "Made again from 3 entries of the record and compared, all equal: 1 updates" in said.stdout
    document = shell.json("rebuild")
    assert [3, 1, 0, 0, 3] == [document[name] for name in ("entries", "posts", "boosts", "pins", "actors")]
    assert document["root"] in said.stdout
