"""Faults of a MongoDB server, played by its own failpoints for the connections of nodes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pytest
from pymongo import common

from tests.mongo_server import MongoServer

ALWAYS: Final = "alwaysOn"
Fault = Mapping[str, object]
"""What a failpoint does: `errorCode`, `closeConnection`, `blockConnection`."""


@contextmanager
def failing(server: MongoServer, fault: Fault, *commands: str, times: int | None = None) -> Iterator[None]:
    """So many times, or until the end, these commands of a node meet the fault."""
    server.note_fault(str(fault))
    mode: object = ALWAYS if times is None else {"times": times}
    with server.client() as client:
        told: dict[str, Any] = {"failCommands": list(commands), "appName": "picketline", **fault}
        client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": told})
        try:
            yield
        finally:
            client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver looks again for a server that it lost without waiting half a second first."""
    monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.02)
