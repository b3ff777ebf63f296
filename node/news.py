"""What one process changes the others hear of, where several work on one store.

Each keeps things in memory: finished pages, who is blocked, whether work waits. What changes here makes a number in the
store grow; whoever sees that a number grew, but not by its own doing, forgets or wakes what the subject is about. So a
process may show what is a second old, and a ring that was lost costs only time: every worker looks by itself too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from federation.turns import Pause
from node.bells import Bell
from node.context import Node
from storage.errors import StorageError
from storage.store import News as NewsStore

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often the store is asked what is new."""
TELL_SECONDS: Final = 0.2
"""How long a process that told something is silent; what rings meanwhile is told in one."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to hear of: the bell that rings when it changes here, and what to do when it changed elsewhere."""

    bell: Bell
    hear: Callable[[], None]


class News:
    """Tells the others what changes here, and this process what changed elsewhere."""

    def __init__(self, store: NewsStore, subjects: Mapping[str, Subject], pause: Pause) -> None:
        self._store, self._subjects, self._pause = store, subjects, pause
        self._untold: set[str] = set()
        self._something = asyncio.Event()
        self._known: dict[str, int] = {}
        """The numbers as this process knows them; none at first, so that the first look makes all of it news."""
        self._hearing: str | None = None
        self._one_at_a_time = asyncio.Lock()
        """Between a ring and the note of it nothing is looked at, or it would be taken for another's."""
        self._is_away = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note what rings here."""
        ears = [(subject.bell, partial(self._note, name)) for name, subject in self._subjects.items()]
        for bell, ear in ears:
            bell.listeners.append(ear)
        try:
            yield
        finally:
            for bell, ear in ears:
                bell.listeners.remove(ear)

    async def run(self) -> None:
        """Tell and look until cancelled; nothing else ends it."""
        await asyncio.gather(self._keep_telling(), self._keep_looking())

    async def tell(self) -> None:
        """Tell the others what changed here since the last time; raises `StorageError`, and keeps it in mind then."""
        async with self._one_at_a_time:
            for name in sorted(self._untold):
                self._untold.discard(name)  # what rings from now on is told once more
                try:
                    await self._store.ring(name)
                except BaseException:
                    self._untold.add(name)
                    raise
                self._known[name] = self._known.get(name, 0) + 1

    async def look(self) -> None:
        """Hear what changed elsewhere since the last time; raises `StorageError`."""
        async with self._one_at_a_time:
            numbers = await self._store.list_news()
            news = [name for name, number in numbers.items() if number != self._known.get(name, 0)]
            self._known = numbers
        for name in news:
            if name in self._subjects:
                self._hear(name)

    def _note(self, name: str) -> None:
        if name != self._hearing:
            self._untold.add(name)
            self._something.set()

    def _hear(self, name: str) -> None:
        """What rings by that is no news: the others have heard it from whoever it comes from."""
        self._hearing = name
        try:
            self._subjects[name].hear()
        finally:
            self._hearing = None

    async def _keep_telling(self) -> None:
        while True:
            await self._something.wait()
            await self._try(self.tell)
            await self._pause(TELL_SECONDS)
            if not self._untold:
                self._something.clear()

    async def _keep_looking(self) -> None:
        while True:
            await self._try(self.look)
            await self._pause(LOOK_SECONDS)

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        """A store that is away is logged once, and once when it is back."""
        try:
            await step()
        except StorageError as error:
            if not self._is_away:
                log.warning("no news until the store answers", extra={"why": type(error).__name__})
            self._is_away = True
        except Exception:
            log.exception("news are looked at again")
        else:
            if self._is_away:
                log.info("the store answers, so there is news again")
            self._is_away = False


def join_news(node: Node) -> News:
    """What a node tells and hears."""
    subjects = {
        "readers": Subject(node.readers_bell, node.readers_bell.ring),
        "deliveries": Subject(node.delivery_bell, node.delivery_bell.ring),
        "blocks": Subject(node.blocks_bell, node.blocks.forget),
        "received": Subject(node.received_bell, node.received_bell.ring),
        "moves": Subject(node.moves_bell, node.moves_bell.ring),
        "heads": Subject(node.heads_bell, node.heads_bell.ring),
        "receipts": Subject(node.receipts_bell, node.receipts_bell.ring),
        "pacts": Subject(node.pacts_bell, node.pacts.forget),
    }
    return News(node.store, subjects, node.surroundings.pause)


def news_lifecycle(node: Node) -> Callable[[web.Application], AsyncIterator[None]]:
    """Tells and hears as long as the application lives, where others may work on its store."""

    async def lifecycle(_app: web.Application) -> AsyncIterator[None]:
        async with telling(node) as news:
            task = None if news is None else asyncio.create_task(news.run(), name="news")
            yield
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    return lifecycle


@asynccontextmanager
async def telling(node: Node) -> AsyncIterator[News | None]:
    """What changes here is told at the end of the block at the latest; None where nobody else is there to hear."""
    if not node.store.is_shared:
        yield None
        return
    news = join_news(node)
    with news.listening():
        try:
            yield news
        finally:
            with contextlib.suppress(StorageError):  # every worker looks by itself too
                await news.tell()
