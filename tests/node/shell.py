"""The command line as people use it, in this process, on a home of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from node.cli.root import picketline

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
