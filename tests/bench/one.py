"""`python -m tests.bench.one NAME`: the figures of one pipeline, in this process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from node.loops import run
from tests.bench import on_mongo, pieces, running, shared, twice
from tests.bench.delivery import delivery
from tests.bench.inbox import inbox
from tests.bench.mirroring import mirroring, mirroring_long
from tests.bench.pages import pages

MEASURES: Final[dict[str, Callable[[Path], Awaitable[None]]]] = {
    "delivery": delivery,
    "inbox": inbox,
    "pages": pages,
    "start": running.start_and_idle,
    "busy": running.busy,
    "fairness": running.fairness,
    "twice_out": twice.delivering,
    "twice_in": twice.receiving,
    "pieces": pieces.pieces,
    "append": pieces.appends,
    "mirroring": mirroring,
    "delivery_mongo": on_mongo.delivering,
    "inbox_mongo": on_mongo.receiving,
    "twice_out_mongo": shared.delivering,
    "twice_in_mongo": shared.receiving,
    "idle_mongo": shared.idle,
    "very_busy": running.very_busy,
    "mirroring_long": mirroring_long,
}


async def _measure(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await MEASURES[name](Path(folder))


if __name__ == "__main__":
    run(_measure(sys.argv[1]))
