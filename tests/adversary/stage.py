"""The stage: our node, a good peer that it follows, and mal; and all that a refused request must not leave behind."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from multidict import CIMultiDict

from federation.strictjson import JsonObject
from node.logs import FactFormatter, JsonFormatter
from storage.copied import TABLES
from storage.store import Store
from tests.stories.strangers import Stranger
from tests.stories.test_refusals import Scene

ADDRESS: Final = "203.0.113.66"
PLANTED: Final[Mapping[str, str]] = {
    "X-Forwarded-For": ADDRESS,
    "User-Agent": "planted-agent/6",
    "Cookie": "session=planted-cookie",
}
"""What a client gives away of itself; no line of a log and no row may hold any of it."""
_TELLING: Final = (ADDRESS, "planted-agent", "planted-cookie")
_PAGE: Final = 500

Rows = Mapping[str, frozenset[str]]
"""By table each row as text."""
Sent = tuple[bytes, Mapping[str, str] | Sequence[tuple[str, str]]]
"""Body and headers of a delivery."""


class Lines(logging.Handler):
    """Keeps every line in both forms, down to the last detail."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [FactFormatter().format(record), JsonFormatter().format(record)]

    def telling(self) -> list[str]:
        """Lines that say who asked."""
        return [line for line in self.lines if any(word in line for word in _TELLING)]


@contextmanager
def listening() -> Iterator[Lines]:
    """Every line that is logged during the block, at any level."""
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


async def all_rows(store: Store) -> Rows:
    """Everything that is stored."""
    return {table: frozenset([row async for row in _read(store, table)]) for table in TABLES}


async def _read(store: Store, table: str) -> Any:
    after: str | None = None
    while True:
        page, after = await store.list_rows(table, after=after, limit=_PAGE)
        for row in page:
            yield repr(sorted(row.items()))
        if after is None:
            return


def _check_rows(before: Rows, now: Rows, learnt: Collection[str]) -> None:
    new = {table: now[table] ^ before[table] for table in TABLES if table not in learnt and before[table] != now[table]}
    assert not new, f"rows were left or changed: {new}"


@dataclass(slots=True)
class Stage:
    """One scene, and what its refusals are held against."""

    scene: Scene
    lines: Lines

    @property
    def us(self) -> Any:
        return self.scene.us

    @property
    def peer(self) -> Stranger:
        return self.scene.peer

    @property
    def mal(self) -> Stranger:
        return self.scene.mal

    @property
    def inbox(self) -> str:
        return self.scene.inbox

    @property
    def store(self) -> Store:
        return self.scene.us.node.store

    def follow(self, who: Stranger | None = None) -> JsonObject:
        """Somebody's Follow of our campaign: what would have an effect at once."""
        return (who or self.mal).activity("Follow", self.scene.campaign)

    async def post(self, sent: Sent, url: str | None = None) -> int:
        """Send exactly this as a client that gives itself away; the answer, which says nothing."""
        body, headers = sent
        given = CIMultiDict([*PLANTED.items(), *(headers.items() if isinstance(headers, Mapping) else headers)])
        async with (
            aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["User-Agent"]) as session,
            session.post(url or self.inbox, data=body, headers=given, allow_redirects=False) as answer,
        ):
            words = await answer.text()
            assert answer.headers["Vary"] == "Accept"
            assert len(words) < 32
            return answer.status

    async def work(self) -> None:
        """Let everything that is due have its effect."""
        await self.scene.us.work()

    async def refused(
        self, *sent: Sent, status: int = 401, fetched: int = 0, learnt: Collection[str] = (), url: str | None = None
    ) -> None:
        """Each of these gets this answer, and none leaves a row, a connection or a line that tells of who asked.

        `fetched` is how many requests it may cost all others together, `learnt` which tables may hold what was fetched.
        """
        asked = len(self.peer.site.requests) + len(self.mal.site.requests)
        before = await all_rows(self.store)
        answers = [await self.post(one, url) for one in sent]
        await self.work()
        assert [status] * len(sent) == answers, f"answered {answers}, not {status}"
        _check_rows(before, await all_rows(self.store), learnt)
        more = len(self.peer.site.requests) + len(self.mal.site.requests) - asked
        assert more <= fetched, f"{more} requests left, not {fetched} at most"
        self.unseen()

    async def without_effect(
        self, *documents: JsonObject, who: Stranger, key_id: str | None = None, learnt: Collection[str] = ("received",)
    ) -> list[int]:
        """Signed by `who` and taken or refused, they change nothing but what is `learnt`; the answers."""
        before = await all_rows(self.store)
        answers = [
            await self.post(who.signed(self.inbox, one, self.scene.village.clock(), key_id=key_id)) for one in documents
        ]
        await self.work()
        _check_rows(before, await all_rows(self.store), learnt)
        self.unseen()
        return answers

    def unseen(self) -> None:
        """No line says who asked."""
        telling = self.lines.telling()
        assert not telling, f"a log tells who asked: {telling}"
