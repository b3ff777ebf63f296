"""After a run with real processes nothing of who asked is found, and of who follows only what the store needs."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.privacy.plants import IN_OUR_STORE, NOWHERE, PLANTS
from tests.privacy.running import dumps_core, open_run, open_to_others, process_words
from tests.privacy.searching import find, find_in_folder, find_in_tables, not_allowed
from tests.privacy.story import be_followed, be_looked_after, be_probed, be_visited

OUR_STORE = "koreno/picketline.db"


@pytest.mark.timeout(300)
async def test_sec_01_02_08_of_a_full_run_nothing_private_is_left_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_run(tmp_path, monkeypatch) as run:
        await run.do("campaign add", handle="strike", name="Strike")
        update = await be_followed(run)
        await be_probed(run)
        await be_looked_after(run, update)
        await be_visited(run, update)
        told = {what: found for what, answer in run.answers if (found := find(IN_OUR_STORE, answer))}
        assert told == {}, "a public answer names somebody"
        pid = run.process(run.us)
        assert find(PLANTS, process_words(pid)) == set()
        assert not dumps_core(pid)
        assert await run.end(run.us, signal.SIGABRT) == -signal.SIGABRT  # with a stack of every thread
        log = (tmp_path / "koreno.log").read_bytes()
        assert b"Fatal Python error: Aborted" in log
        assert log.count(b" refused ") >= 3, "the run is logged"
        left_behind = find_in_folder(PLANTS, tmp_path)
        assert {*left_behind} <= {OUR_STORE, f"{OUR_STORE}-wal"}, f"after the crash: {left_behind}"
        assert [one for found in left_behind.values() for one in found if one in NOWHERE] == []
        await asyncio.to_thread(run.stage.serve, run.us)
        for home in (run.us, *run.mirrors):
            assert await run.end(home, signal.SIGTERM) == 0
        assert find(PLANTS, run.said) == set()
    assert {*find_in_folder(PLANTS, tmp_path)} == {OUR_STORE}
    assert not_allowed(find_in_tables(PLANTS, tmp_path / OUR_STORE), IN_OUR_STORE) == {}
    assert open_to_others(tmp_path / "koreno") == []
