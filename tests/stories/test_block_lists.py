"""Lists of blocks through the command line: any length, given again, and back out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import pytest
from click.testing import CliRunner

from federation.strictjson import JsonObject, JsonValue
from node.cli import block_lists
from node.cli.reading import member, rows, text
from node.cli.root import picketline
from storage.ids import ActorId
from tests.stories.test_refusals import Scene, scene  # noqa: F401

URL = "http://127.0.0.1:8471"


async def test_a_list_is_taken_in_parts_and_given_again_changes_nothing(
    scene: Scene,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Any length passes through the same few parts in memory; here 2,000 lines in parts of 100."""
    monkeypatch.setattr(block_lists, "PART", 100)
    file = tmp_path / "list.csv"
    own = scene.us.node.locations.host
    lines = [f"h{number}.spam.example" for number in range(1997)] + [own, "x*x.example", "h7.spam.example"]
    file.write_text("\n".join(lines))
    asked: list[int] = []

    class Session:
        shown: ClassVar[JsonObject] = {}

        def ask(self, command: str, params: JsonObject | None = None) -> JsonValue:
            asked.append(text(params, "rows").count("\n") + 1 if params else 0)
            return run(scene, command, params or {})

        def show(self, document: JsonObject, words: str) -> None:
            type(self).shown = document
            assert "line 1999" in words

    loop = asyncio.get_running_loop()

    def run(scene: Scene, command: str, params: JsonObject) -> JsonValue:
        return asyncio.run_coroutine_threadsafe(scene.us.do(command, **params), loop).result()

    for added, known in ((1997, 1), (0, 1998)):
        asked.clear()
        await asyncio.to_thread(block_lists.import_file, file, Session())  # type: ignore[arg-type]
        shown = Session.shown
        assert (added, known, 1, 1) == tuple(shown[name] for name in ("added", "known", "ours", "unreadable"))
        assert [1998, 1999] == [member(row, "line") for row in rows(shown["lines"])]
        assert ([100] * 19 + [99, 0]) == asked
    assert await scene.us.node.blocks.find(ActorId("https://x.h1996.spam.example/u")) is not None


def test_a_part_of_long_reasons_stays_below_what_the_node_takes_at_once(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows_of_one = "".join(f'h{number}.spam.example,suspend,"{"☃" * 9000}"\n' for number in range(100))
    file.write_text("#domain,#severity,#public_comment\n" + rows_of_one, encoding="utf-8")
    sizes: list[int] = []

    class Session:
        def ask(self, _command: str, params: JsonObject | None = None) -> JsonValue:
            sizes.append(len(json.dumps(params)))
            return {"known": [], "ours": []}

        def show(self, document: JsonObject, _words: str) -> None:
            assert document["added"] == 100

    block_lists.import_file(file, Session())  # type: ignore[arg-type]
    assert max(sizes) < 4 * 1024 * 1024 < sum(sizes)


WEIGHS: Final = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "node", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A process of its own: whoever starts a child counts the heaviest of all that it ever started."""


@pytest.mark.soak
def test_a_million_lines_are_taken_in_little_memory(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        command = [sys.executable, "-m", "node", "--home", str(tmp_path / "home"), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    run("init", "--name", "U", "--url", URL, "--dev", "--kit", str(tmp_path / "kit"), "--no-kit-passphrase")
    file = tmp_path / "list.csv"
    with file.open("w") as lines:
        lines.writelines(f"h{number}.spam.example\n" for number in range(1_000_000))
    weighed = [sys.executable, "-c", WEIGHS, "--home", str(tmp_path / "home"), "block", "import", str(file)]
    *told, used = subprocess.run(weighed, check=True, capture_output=True, text=True).stdout.splitlines()
    assert "Blocked 1000000 more" in " ".join(told)
    assert int(used) < 200 * 1024
    assert "1000000 were blocked already" in run("block", "import", str(file))


def test_the_command_line_blocks_lists_exports_imports_and_unblocks(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(picketline, ["--home", str(tmp_path / "home"), *words])
        assert done.exit_code == 0, done.output
        return done.output

    run(
        "init",
        "--name",
        "U",
        "--url",
        URL,
        "--dev",
        "--kit",
        str(tmp_path / "kit"),
        "--no-kit-passphrase",
    )
    assert "Blocked: mal.example" in run("block", "add", "MAL.example", "--reason", "spies")
    file = tmp_path / "list.csv"
    assert "Wrote 1 host to" in run("block", "export", str(file))
    assert (0o600, True) == (
        file.stat().st_mode & 0o777,
        "mal.example,suspend,true,true,spies,false" in file.read_text(),
    )
    assert "Nothing comes back by itself" in run("block", "remove", "mal.example")
    assert "Blocked 1 more" in run("block", "import", str(file))
    assert "spies" in run("block", "list")
    refused = CliRunner().invoke(picketline, ["--home", str(tmp_path / "home"), "block", "export", str(file)])
    assert (1, True) == (refused.exit_code, "does not exist yet" in refused.output)
    assert "1 was blocked already: line 2\n" in run("block", "import", str(file))
    file.write_text('#domain,#severity\nmild.example,silence\n"not a host",suspend\n')
    assert "1 line asks for less than a block (silence, limit, noop) and was passed over." in run(
        "block", "import", str(file)
    )


def test_a_file_that_is_no_list_is_refused_and_an_export_says_where_it_may_write(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = partial(CliRunner().invoke, picketline, env={"PICKETLINE_HOME": str(home)})
    given = ["--name", "U", "--url", "http://127.0.0.1:8471", "--dev", "--kit", str(tmp_path / "kit")]
    assert run(["init", *given, "--no-kit-passphrase"]).exit_code == 0
    file = tmp_path / "letter.txt"
    file.write_text("Dear colleagues, tomorrow\nwe meet at the gate\n")
    refused = run(["block", "import", str(file)])
    assert (1, True) == (refused.exit_code, "names nobody who can be blocked" in refused.output)
    file.write_text("Account address\n")
    assert run(["block", "import", str(file)]).exit_code == 0  # a list may be empty
    refused = run(["block", "export", str(tmp_path / "nowhere" / "list.csv")])
    assert (1, True) == (refused.exit_code, "a folder where you may write" in refused.output)
