"""A hostile peer's log of 10^6 entries, pulled whole beside a node's own publishing; what it takes is printed.

`PICKETLINE_SOAK_ENTRIES` sets another length.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from storage.backends import open_store
from storage.store import Store
from tests.federation.mirror.hostile import HostileWire, Kind
from tests.federation.mirror.test_hostile_log import a_log, pull, tell
from tests.federation.mirror.test_pulling import find
from tests.storage.making import an_activity, an_entry

ENTRIES = int(os.environ.get("PICKETLINE_SOAK_ENTRIES", "1000000"))
MOST_MEMORY = 256
"""MiB that a pull may take beyond what was there, however long the log is."""


def memory() -> float:
    """MiB of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def publish(store: Store, is_over: asyncio.Event) -> list[float]:
    """Append to our own record again and again; how long each step took, in seconds."""
    took: list[float] = []
    while not is_over.is_set():
        began, number = time.monotonic(), len(took) + 1
        await store.append(an_entry(number), an_activity(number), expecting=number - 1)
        took.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    return took


async def watch(is_over: asyncio.Event) -> float:
    """The most that lay in memory."""
    most = memory()
    while not is_over.is_set():
        await asyncio.sleep(0.2)
        most = max(most, memory())
    return most


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["versions", "creates", "deletes"])
async def test_a_log_of_a_million_entries_is_pulled_in_bounded_memory_beside_our_own_publishing(
    tmp_path: Path, kind: Kind
) -> None:
    size = ENTRIES
    log, union = a_log(kind, size)
    store = await open_store(f"sqlite:///{tmp_path}/store.db")
    await tell(store, union, log)
    before, is_over = memory(), asyncio.Event()
    publishing, watching = asyncio.create_task(publish(store, is_over)), asyncio.create_task(watch(is_over))
    began = time.monotonic()
    first = await pull(store, union, HostileWire(log))
    seconds = round(time.monotonic() - began)
    is_over.set()
    took, most = sorted(await publishing), await watching
    measured = await store.measure_log(union.log)
    sys.stdout.write(
        f"\n{kind}: {first.grown} of {size} entries and {first.filled} activities in {seconds} s, "
        f"{measured.bytes >> 20} MiB kept, memory {before:.0f} to {most:.0f} MiB; {len(took)} appends of "
        f"ours, median {took[len(took) // 2] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms; {first.why or 'whole'}\n"
    )
    assert most - before < MOST_MEMORY
    assert took
    if first.is_promised:
        log.grow(size + 6000)
        await tell(store, union, log)
        assert 5000 == (await pull(store, union, HostileWire(log))).grown
        assert 0 == (await pull(store, union, HostileWire(log))).grown
    else:
        assert "all that one peer may have" in str(first.why)
    assert (await find(store, union.log)).state == "following"
    await store.close()
