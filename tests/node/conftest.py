"""A union in a folder of its own, for tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.shell import Shell


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
