"""With PICKETLINE_TEST_LOOP=uvloop every asynchronous test runs on uvloop's event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping

if os.environ.get("PICKETLINE_TEST_LOOP") == "uvloop":
    import uvloop

    def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        """What pytest-asyncio makes its loops with."""
        return {"uvloop": uvloop.new_event_loop}
