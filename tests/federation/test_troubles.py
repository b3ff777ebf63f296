"""What halts a loop and what does not: faults are written down, and the loop goes on."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from federation.troubles import Trouble, keep_at, woken
from storage.errors import StoreBusy

log = logging.getLogger("troubles.test")
LONG = timedelta(days=1)


async def fail(error: Exception) -> str:
    raise error


async def succeed() -> str:
    return "done"


async def test_whatever_goes_wrong_is_written_down_and_answered_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(log, "letters")
    with caplog.at_level(logging.INFO):
        assert "halted" == await trouble.outlive(fail(StoreBusy("The store is busy.")), otherwise="halted")
        assert "halted" == await trouble.outlive(fail(StoreBusy("The store is busy.")), otherwise="halted")
        assert "fault" == await trouble.outlive(fail(KeyError("x")), otherwise="fault")
        assert "done" == await trouble.outlive(succeed(), otherwise="fault")
    said = [(line.levelname, line.getMessage()) for line in caplog.records]
    assert [
        ("WARNING", "letters halted"),
        ("ERROR", "letters go on after a fault"),
        ("INFO", "letters go on"),
    ] == said


async def test_being_cancelled_is_no_fault() -> None:
    work = asyncio.create_task(Trouble(log, "letters").outlive(asyncio.sleep(LONG.total_seconds()), otherwise=None))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_a_loop_goes_on_after_faults_and_wakes_when_it_is_told() -> None:
    awake, turns, third = asyncio.Event(), 0, asyncio.Event()

    async def work() -> None:
        nonlocal turns
        turns += 1
        awake.set()
        await asyncio.sleep(0)
        if turns == 3:
            third.set()
        raise KeyError("x")

    loop = asyncio.create_task(keep_at(work, awake, Trouble(log, "letters"), wait=lambda: LONG))
    async with asyncio.timeout(10):
        await third.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_wait_ends_by_itself() -> None:
    awake = asyncio.Event()
    await woken(awake, timedelta(0))
    assert not awake.is_set()
