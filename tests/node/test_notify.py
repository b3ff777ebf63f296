"""A word to systemd, when it listens."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from node.metrics import Metrics
from node.notify import notify, watchdog_pause
from node.watching import watch


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    path = f"{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        heard.setblocking(False)
        yield path, heard


def test_the_socket_that_systemd_names_hears_of_us(listener: tuple[str, socket.socket]) -> None:
    path, heard = listener
    assert notify("READY=1", {"NOTIFY_SOCKET": path})
    assert heard.recv(100) == b"READY=1"


def test_an_abstract_socket_is_reached_too() -> None:
    name = f"picketline-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}")
        assert notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert heard.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("path", ["", "relative", "/nowhere/at/all", "/" + "x" * 200])
def test_without_a_listener_nothing_happens(path: str) -> None:
    assert notify("READY=1", {"NOTIFY_SOCKET": path} if path else {}) is False


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "60000000"}, timedelta(seconds=30)),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=30)),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_how_often_systemd_wants_to_hear_of_us(environ: dict[str, str], expected: timedelta | None) -> None:
    assert expected == watchdog_pause(environ)


async def told_by(metrics: Metrics) -> list[str]:
    """What was told within two rounds."""
    told: list[str] = []
    rounds = iter(range(8))

    def clock() -> float:
        if (at := next(rounds)) == 6:
            raise TimeoutError  # the third round
        return float(at)

    metrics.clock = clock
    with pytest.raises(TimeoutError):
        await watch(metrics, told.append, timedelta(0))
    return told


async def test_the_watchdog_hears_of_a_node_whose_workers_work() -> None:
    metrics = Metrics()
    metrics.beat("inbox")
    metrics.beat("delivery")
    assert set(await told_by(metrics)) == {"WATCHDOG=1"}


async def test_the_watchdog_hears_nothing_while_a_worker_is_stuck() -> None:
    metrics = Metrics()
    metrics.beat("inbox")
    assert await told_by(metrics) == []
