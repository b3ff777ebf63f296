"""Posts that a mirror has not: asked for, proved and kept, behind logs of any length; beside Ed25519 verify alone.

What is older than the missing posts is held already. Answers come from memory, so that what the mirror does is measured
and not what serves it; requests and bytes are told apart.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from federation.keys import new_ed25519
from federation.mirror.asking import Asker
from federation.mirror.pull import Puller
from federation.mirror.source import Source
from federation.wire import Answer
from storage.backends import open_store
from storage.ids import Did
from storage.store import Store
from tests.bench.figures import Stopwatch, tell, tell_ratio
from tests.bench.homes import home_node
from tests.bench.long_logs import LongLog, Served, make_log

MANY: Final = 1000
FEW: Final = 10
TARGET: Final = 0.55
LIMIT: Final = "Ed25519 verify of as many 64-byte messages"
_ROUNDS: Final = 5
_FEW_ROUNDS: Final = 15
_FREE: Final = 2**50


@dataclass(slots=True)
class MemoryWire:
    """Answers as a node that serves the log would, each made once; counts them and their bytes."""

    served: Served
    requests: int = 0
    length: int = 0
    """Bytes of all answers."""
    _made: dict[str, Answer] = field(default_factory=dict)

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """One GET."""
        if url not in self._made:
            self._made[url] = await self._make(url)
        answer = self._made[url]
        self.requests += 1
        self.length += len(answer.body)
        assert len(answer.body) <= cap
        return answer

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """Nothing of a pull is posted."""
        raise AssertionError(url)

    async def _make(self, url: str) -> Answer:
        body = await self.served.answer(url)
        return Answer(status=404 if body is None else 200, url=url, content_type="", body=body or b"")


async def mirroring(folder: Path) -> None:
    """Many and few missing posts behind 10^2 and 10^4 entries."""
    few = [await _measure_behind(folder, length) for length in (100, 10_000)]
    _tell_growth(few, "10^4")


async def mirroring_long(folder: Path) -> None:
    """The same behind 10^2 and 10^6 entries."""
    few = [await _measure_behind(folder, length) for length in (100, 1_000_000)]
    _tell_growth(few, "10^6")


def _tell_growth(few: list[float], long: str) -> None:
    """Cost is proportional to what is missing, whatever the length: a tenth is left to chance and a deeper tree."""
    short_cost, long_cost = few
    tell(
        f"{FEW} new posts behind {long} entries, beside 10^2",
        ratio=round(long_cost / short_cost, 2),
        target=1.25,
        met=long_cost <= 1.25 * short_cost,
    )


async def _measure_behind(folder: Path, length: int) -> float:
    """µs for all of the few."""
    place = folder / str(length)
    async with home_node(place) as node:
        log = await make_log(node, place, older=length, newer=MANY)
        await _measure_many(log, place, length)
        return await _measure_few(log, place, length)


async def _measure_many(log: LongLog, folder: Path, length: int) -> None:
    wire = MemoryWire(await log.served(log.size))
    costs, limits = [], []
    for _ in range(_ROUNDS + 1):
        wire.requests = wire.length = 0
        limits.append(_verify_alone(MANY))
        costs.append(await _sync(log, wire, folder, MANY) / MANY)
    tell_ratio(f"a missing post mirrored, {MANY} behind {length} entries", costs[1:], limits[1:], LIMIT, target=TARGET)
    _tell_requests(wire, MANY, length)


async def _measure_few(log: LongLog, folder: Path, length: int) -> float:
    wire = MemoryWire(await log.served(length + FEW))
    costs = []
    for _ in range(_FEW_ROUNDS + 1):
        wire.requests = wire.length = 0
        costs.append(await _sync(log, wire, folder, FEW))
    _tell_requests(wire, FEW, length)
    tell(f"{FEW} missing posts mirrored behind {length} entries", us=round(median(costs[1:])))
    return median(costs[1:])


def _tell_requests(wire: MemoryWire, posts: int, length: int) -> None:
    tell(
        f"what {posts} missing posts behind {length} entries are asked for with",
        requests=wire.requests,
        requests_per_post=round(wire.requests / posts, 3),
        bytes_per_post=round(wire.length / posts),
    )


async def _sync(log: LongLog, wire: MemoryWire, folder: Path, posts: int) -> float:
    """µs of processor time of one poll that finds so many new posts, until the receipt is signed."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        await asyncio.to_thread(shutil.copy, log.held, f"{place}/copy.db")
        store = await open_store(f"sqlite:///{place}/copy.db")
        try:
            return await _watch(log, wire, store, posts)
        finally:
            await store.close()


async def _watch(log: LongLog, wire: MemoryWire, store: Store, posts: int) -> float:
    key, source = new_ed25519(), Source(wire=wire, home=log.home, log=log.name)
    puller = Puller(store=store, us=log.mirror, key=lambda: key, now=_now, free=lambda: _FREE, is_mutual=_is_mutual)
    asker = Asker(store=store, wire=wire, now=_now)
    kept = await store.find_log(log.name)
    assert kept is not None
    watch = Stopwatch()
    await asker.ask_head(log.union, kept, [source], [])
    pulled = await puller.pull(log.name, log.union, [source], may_promise=True)
    cost = watch.stop().cpu * 1e6
    assert (posts, posts, True, None) == (pulled.grown, pulled.filled, pulled.is_promised, pulled.why)
    return cost


def _verify_alone(count: int) -> float:
    key, message = new_ed25519(), bytes(64)
    signature, verify = key.sign(message), key.public_key().verify
    watch = Stopwatch()
    for _ in range(count):
        verify(signature, message)
    return watch.stop().cpu / count * 1e6


async def _is_mutual(_did: Did) -> bool:
    return True


def _now() -> datetime:
    return datetime.now(UTC)
