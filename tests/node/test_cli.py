"""The command line as people and scripts use it: documents, sentences and exit codes."""

from __future__ import annotations

import asyncio

import click
import pytest
from click.testing import CliRunner

from node.cli.root import picketline
from node.cli.session import printable
from storage.backends import open_store
from storage.ids import ObjectId
from tests.node.shell import URL, Shell
from tests.storage.making import a_remote_post, a_report


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


def test_words_of_strangers_cannot_command_a_terminal() -> None:
    assert printable("a\x1b[2Jb\x07\n\u202ec") == "a�[2Jb�\n�c"


def test_rebuild_says_what_it_compared(shell: Shell) -> None:
    shell.json("post", "strike", "We walked out")
    said = shell.run("rebuild")
    assert 0 == said.exit_code
    assert "Made again from 3 entries of the record and compared, all equal: 1 update, 0 boosts" in said.stdout
    document = shell.json("rebuild")
    assert [3, 1, 0, 0, 3] == [document[name] for name in ("entries", "posts", "boosts", "pins", "actors")]
    assert document["root"] in said.stdout
