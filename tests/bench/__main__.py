"""`make bench`: each figure beside its limit and its target, one JSON line each; BENCH=all adds 10^5 inboxes.

Costs are µs of processor time of the process that is measured; cost and limit take turns, and medians are told.
What is told in seconds of the wall (fairness, start, answers meanwhile, two processes) wants a quiet machine.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from node.loops import run
from tests.bench import pieces, running
from tests.bench.delivery import delivery
from tests.bench.inbox import inbox
from tests.bench.pages import pages

_FEW, _MANY = 3000, 100_000


async def _busy(folder: Path) -> None:
    await running.busy(folder, _FEW)


async def _very_busy(folder: Path) -> None:
    await running.busy(folder, _MANY)


DEFAULT: Final[dict[str, Callable[[Path], Awaitable[None]]]] = {
    "delivery": delivery,
    "inbox": inbox,
    "pages": pages,
    "start": running.start_and_idle,
    "busy": _busy,
    "fairness": running.fairness,
    "twice": running.twice,
    "append": pieces.appends,
}
LONG: Final = {"very_busy": _very_busy}


async def _measure(names: list[str]) -> None:
    known = {**DEFAULT, **LONG}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            await known[name](Path(folder))


def main(asked: list[str]) -> None:
    """All figures; those named, or with `all` the long ones too."""
    if not asked or asked == ["all"]:
        pieces.pieces()
    run(_measure([*DEFAULT, *LONG] if asked == ["all"] else asked or list(DEFAULT)))


main(sys.argv[1:])
