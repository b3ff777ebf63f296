"""Which event loop the node runs on: uvloop's where it is installed, otherwise asyncio's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, Final

NAME_THREADS: Final = 32
"""Names are looked up in these: a few that hang must not hold up the others."""


def loop_name() -> str:
    """`uvloop 0.22.1`, or `asyncio`."""
    uvloop = _find_uvloop()
    return f"uvloop {uvloop.__version__}" if uvloop else "asyncio"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop, None for asyncio's own.

    libuv looks names up in four threads of its own unless it is told otherwise before the first.
    """
    uvloop = _find_uvloop()
    if uvloop is None:
        return None
    os.environ.setdefault("UV_THREADPOOL_SIZE", str(NAME_THREADS))
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end on the fastest loop there is."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


def _find_uvloop() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop
