"""Waiting until something is so, and not longer than is good."""

from __future__ import annotations

import asyncio

from federation.patience import wait_until


class Pauses:
    """Pauses that end when the test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.over.wait()


class Question:
    """Answers no until it is told otherwise."""

    def __init__(self) -> None:
        self.answer = False
        self.asked = asyncio.Semaphore(0)

    async def __call__(self) -> bool:
        self.asked.release()
        return self.answer


async def test_what_is_so_already_is_not_waited_for() -> None:
    question, pauses = Question(), Pauses()
    question.answer = True
    assert await wait_until(question, asyncio.Event(), pause=pauses, seconds=2)
    assert not pauses.over.is_set()


async def test_it_is_looked_again_at_each_ring() -> None:
    question, rang, pauses = Question(), asyncio.Event(), Pauses()
    waiting = asyncio.create_task(wait_until(question, rang, pause=pauses, seconds=2))
    for _ in range(3):
        await question.asked.acquire()
        rang.set()
    question.answer = True
    rang.set()
    assert await waiting
    assert [2] == pauses.asked


async def test_when_the_time_is_over_it_is_looked_a_last_time() -> None:
    question, pauses = Question(), Pauses()
    waiting = asyncio.create_task(wait_until(question, asyncio.Event(), pause=pauses, seconds=2))
    await question.asked.acquire()
    pauses.over.set()
    assert not await waiting
    await question.asked.acquire()


async def test_whoever_gives_up_leaves_nothing_behind() -> None:
    question, pauses = Question(), Pauses()
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(wait_until(question, asyncio.Event(), pause=pauses, seconds=2))
    await question.asked.acquire()
    waiting.cancel()
    assert [True] == [
        isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(waiting, return_exceptions=True)
    ]
    assert before == asyncio.all_tasks()
