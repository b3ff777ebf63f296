"""Mirroring joined: commands use the worker that runs, which knows what is under way."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.mirror.pull import Pulled
from federation.mirror.worker import MirrorWorker
from node.mirroring import mirror_worker, running_worker
from storage.ids import Did
from tests.village import village


async def test_a_command_asks_the_worker_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[MirrorWorker] = []

    async def sync(worker: MirrorWorker, did: Did | None = None) -> dict[Did, Pulled]:
        asked.append(worker)
        return {}

    monkeypatch.setattr(MirrorWorker, "sync", sync)
    async with village(tmp_path) as built:
        us = await built.add("koreno")
        assert [] == await us.do("mirror sync")
        assert [running_worker(us.node)] == asked
        us.node.mirrors.clear()
        assert running_worker(us.node) is not running_worker(us.node)
        assert isinstance(mirror_worker(us.node), MirrorWorker)
