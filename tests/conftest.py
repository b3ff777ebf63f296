"""With PICKETLINE_TEST_LOOP=uvloop every asynchronous test runs on uvloop's event loop."""

from __future__ import annotations

import asyncio
import os

import pytest

if os.environ.get("PICKETLINE_TEST_LOOP") == "uvloop":
    import uvloop

    @pytest.fixture(scope="session")
    def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
        policy: asyncio.AbstractEventLoopPolicy = uvloop.EventLoopPolicy()
        return policy
