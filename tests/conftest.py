"""What all tests may use. With PICKETLINE_TEST_LOOP=uvloop every asynchronous test runs on uvloop's event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.mongo_server import MongoServer, mongo_server

if os.environ.get("PICKETLINE_TEST_LOOP") == "uvloop":
    import uvloop

    def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        """What pytest-asyncio makes its loops with."""
        return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoServer]:
    """One MongoDB server for all tests of a worker that ask for it."""
    with mongo_server() as server:
        yield server
