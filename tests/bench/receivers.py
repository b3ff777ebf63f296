"""Other people's servers: `python -m tests.bench.receivers ANSWERING HANGING`, on loopback ports of their own.

Lean on purpose, so that on a small machine they leave the processor to who is measured: HTTP/1.1 with
keep-alive and Content-Length, 202 for every POST. Those that hang take the connection and never answer.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from node.loops import run

_ACCEPTED: Final = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Authorities of servers in another process."""

    answering: list[str]
    hanging: list[str]
    child: asyncio.subprocess.Process

    async def seconds_for(self, number: int) -> float:
        """Wait until they have that many POSTs; the time from the first to the last. Counts anew afterwards."""
        while (told := await self._ask("count"))[0] < number:  # noqa: ASYNC110  it is another process
            await asyncio.sleep(0.02)
        await self._ask("reset")
        return told[1]

    async def _ask(self, question: str) -> tuple[int, float]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(question.encode() + b"\n")
        count, seconds = json.loads(await self.child.stdout.readline())
        return count, seconds


class _Answering(asyncio.Protocol):
    at: ClassVar[list[float]] = []
    """When each POST was there completely."""

    def __init__(self) -> None:
        self._held = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own are no subclasses

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(_END)) >= 0:
            size = end + len(_END) + _length(self._held[:end])
            if len(self._held) < size:
                return
            self._held = self._held[size:]
            assert self._transport is not None
            self._transport.write(_ACCEPTED)
            self.at.append(time.perf_counter())


class _Hanging(asyncio.Protocol):
    """Takes everything and says nothing."""


def _length(head: bytes) -> int:
    lowered = head.lower()
    place = lowered.find(_LENGTH)
    return int(lowered[place + len(_LENGTH) :].partition(b"\r\n")[0]) if place >= 0 else 0


async def _open(answering: int, hanging: int) -> list[str]:
    loop, names = asyncio.get_running_loop(), []
    for protocol in [_Answering] * answering + [_Hanging] * hanging:
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        await loop.create_server(protocol, sock=listening)
        names.append(f"127.0.0.1:{listening.getsockname()[1]}")
    return names


async def _serve(answering: int, hanging: int) -> None:
    sys.stdout.write(json.dumps(await _open(answering, hanging)) + "\n")
    sys.stdout.flush()
    while question := await asyncio.to_thread(sys.stdin.readline):
        at = _Answering.at
        sys.stdout.write(json.dumps([len(at), at[-1] - at[0] if at else 0]) + "\n")
        sys.stdout.flush()
        if question == "reset\n":
            at.clear()


@asynccontextmanager
async def receivers(answering: int, *, hanging: int = 0) -> AsyncIterator[Receivers]:
    """Servers in a process of their own, until the end of the block."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.receivers", str(answering), str(hanging),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        names = json.loads(await child.stdout.readline())
        yield Receivers(answering=names[:answering], hanging=names[answering:], child=child)
    finally:
        child.stdin.close()
        await child.wait()


if __name__ == "__main__":
    run(_serve(int(sys.argv[1]), int(sys.argv[2])))
